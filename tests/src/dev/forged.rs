//! One forged request, refused, with nothing left behind.

use catchment_tests::stack::Source;
use catchment_tests::{Result, samples};

use crate::sample::{Stage, signed};
use crate::screen::millis;

/// Sends a sample of a source's signed with another secret; the error says what went wrong.
pub(crate) async fn refused(stage: &Stage<'_>, source: &Source) -> Result<()> {
    let (name, screen) = (&source.name, stage.screen);
    let body = samples::body(&source.provider).ok_or("there is no sample of its provider")?;
    let before = stage.stack.stored_keys(name).await?;
    let forger = samples::secret(&source.provider, [0; 32]);
    let answer = stage.post(source, signed(source, &forger, body)?).await?;
    if answer.status != 401 {
        return Err(format!("not refused: answered {}", answer.status).into());
    }
    let what = format!("answered 401 {}", answer.body);
    screen.happened("refused", &millis(answer.took), &what);
    if stage.stack.stored_keys(name).await? != before {
        return Err("refused, and yet stored".into());
    }
    screen.happened("not stored", "", &format!("events/source={name}/ is as it was"));
    Ok(())
}
