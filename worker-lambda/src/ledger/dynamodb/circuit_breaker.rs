//! The state of a circuit breaker as a DynamoDB item, and back.

use jiff::Timestamp;

use super::item::{Item, integer, millis, number, string, text};
use crate::admission::circuit_breaker::state::{BreakerState, State};

/// The key of a destination's circuit breaker. It differs from every event's ledger key, which is 64 hex digits.
pub(super) fn key(destination: &str) -> String {
    format!("circuit#{destination}")
}

pub(super) fn to_item(destination: &str, breaker: &BreakerState) -> Item {
    let (state, until) = match breaker.state {
        State::Closed => ("closed", None),
        State::Open(until) => ("open", Some(until)),
        State::Probing(until) => ("probing", Some(until)),
    };
    let always = [
        ("ledger_key", text(&key(destination))),
        ("revision", number(breaker.revision)),
        ("state", text(state)),
        ("openings", number(breaker.openings)),
        ("expires_at", number(breaker.expires_at.as_second())),
    ];
    let until = until.map(|until| ("until", number(until.as_millisecond())));
    let reason = breaker.reason.as_deref().map(|reason| ("reason", text(reason)));
    let all = always.into_iter().chain(until).chain(reason);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn from_item(item: &Item) -> Option<BreakerState> {
    let state = match string(item, "state")? {
        "closed" => State::Closed,
        "open" => State::Open(millis(item, "until")?),
        "probing" => State::Probing(millis(item, "until")?),
        _ => return None,
    };
    Some(BreakerState {
        revision: integer(item, "revision")?.try_into().ok()?,
        state,
        openings: integer(item, "openings")?.try_into().ok()?,
        reason: string(item, "reason").map(str::to_owned),
        expires_at: Timestamp::from_second(integer(item, "expires_at")?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_the_table() {
        let until = Timestamp::from_millisecond(1_795_338_631_482).unwrap();
        let expires_at = Timestamp::from_second(1_797_930_601).unwrap();
        for state in [State::Closed, State::Open(until), State::Probing(until)] {
            for reason in [None, Some("HTTP status 503".to_owned())] {
                let breaker = BreakerState { revision: 7, state, openings: 3, reason, expires_at };
                assert_eq!(from_item(&to_item("crm", &breaker)), Some(breaker));
            }
        }
    }
}
