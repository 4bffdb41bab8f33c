//! The findings in words, for people.

use super::report::{Matched, Outcome, Report, Said, Signed, Step};
use crate::event::Event;

/// All that was found.
pub(super) fn of(report: &Report) -> String {
    let mut text = verdict(report);
    for step in &report.steps {
        text += &tell(step);
    }
    match &report.outcome {
        Outcome::Verified(verified) => {
            text += &event(&verified.event);
            text += &reply("ingest answers", &verified.reply);
        }
        Outcome::Handshake(shaken) => text += &reply("the reply", &shaken.reply),
        Outcome::Refused(refused) => {
            if !refused.hints.is_empty() {
                text += "\nwhat to look at\n";
            }
            refused.hints.iter().for_each(|hint| text += &format!("  - {hint}\n"));
        }
    }
    report.notes.iter().for_each(|note| text += &format!("\nnote: {note}\n"));
    text
}

fn verdict(report: &Report) -> String {
    let title = &report.title;
    match &report.outcome {
        Outcome::Verified(verified) => {
            format!("VERIFIED: it is {title}'s, by {}\n", which(&verified.secret, report.secrets))
        }
        Outcome::Refused(refused) => format!("REFUSED, {}: {}\n", refused.class, refused.detail),
        Outcome::Handshake(shaken) => {
            let signed = match &shaken.secret {
                Some(secret) => format!("signed with {}", which(secret, report.secrets)),
                None => "not signed, and need not be".to_owned(),
            };
            format!("HANDSHAKE: {title}, {}; {signed}\n", shaken.title)
        }
    }
}

fn which(secret: &Matched, of: usize) -> String {
    let fingerprint = &secret.fingerprint;
    match (secret.position, of) {
        (_, 1) => format!("the secret of fingerprint {fingerprint}"),
        (0, _) => format!("secret 0, the newest, of fingerprint {fingerprint}"),
        (position, _) => format!("secret {position} of fingerprint {fingerprint}"),
    }
}

fn tell(step: &Step) -> String {
    let mut text = match step.of {
        1 => format!("\n{}\n", step.scheme),
        of => format!("\nscheme {} of {of}: {}\n", step.position + 1, step.scheme),
    };
    if !step.read.is_empty() {
        text += &line("read", &step.read.join("; "));
    }
    for (number, signed) in step.signed.iter().enumerate() {
        let item = match step.signed.len() {
            1 => String::new(),
            of => format!("item {} of {of}: ", number + 1),
        };
        text += &line("signed", &format!("{item}{}", content(signed, step.signed.len())));
    }
    if let Some(time) = &step.time {
        text += &line("time", time);
    }
    text + &line("result", &step.result)
}

fn content(signed: &Signed, items: usize) -> String {
    let Signed { bytes, sha256, has_secret, algorithm, candidates, signatures, by } = signed;
    let mut text = format!("{bytes} bytes, SHA-256 {sha256}");
    if *has_secret {
        text += " with {secret} in place of the secret";
    }
    if let Some(algorithm) = algorithm {
        text += &format!(", by {algorithm}");
    }
    if *candidates > 1 {
        text += &match by {
            Some(_) => format!(" (one of {candidates} that it may be)"),
            None => format!(" (the first of {candidates} that it may be)"),
        };
    }
    if *signatures > 1 {
        text += &format!("; {signatures} signatures");
    }
    match (items, by) {
        (1, _) => {}
        (_, Some(position)) => text += &format!("; made with secret {position}"),
        (_, None) => text += "; made with no secret",
    }
    text
}

fn event(Event { id, kind, items }: &Event) -> String {
    let id = match id {
        None => "none; told apart by its body, within dedupe_window".to_owned(),
        Some(parts) => {
            let shown =
                parts.iter().map(|part| part.as_deref().map_or("nothing".to_owned(), shown));
            let shown = shown.collect::<Vec<_>>().join(", ");
            match parts.iter().all(Option::is_some) {
                true => shown,
                false => format!("{shown}; a part is missing, so it is told apart by its body"),
            }
        }
    };
    let mut text = "\nits event\n".to_owned();
    text += &line("type", &kind.as_deref().map_or("none".to_owned(), shown));
    text += &line("id", &id);
    if let Some(items) = items {
        text += &line("items", &items.to_string());
    }
    text
}

/// On one line, whatever is in it.
fn shown(value: &str) -> String {
    value.escape_debug().to_string()
}

fn reply(heading: &str, said: &Said) -> String {
    let mut text = format!("\n{heading} {}\n", said.status);
    said.lines.iter().for_each(|line| text += &format!("  {}\n", visible(line)));
    text
}

/// Without what would steer a terminal: an echo is whatever its sender wrote.
fn visible(text: &str) -> String {
    let escape = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

fn line(name: &str, value: &str) -> String {
    format!("  {name:<8}{value}\n")
}
