//! What was received, for a person: as a page for a browser, or as text for a terminal.

use super::Received;

/// How `GET /received` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Html,
    Text,
}

impl Form {
    /// The first form that an `Accept` header names; JSON if it names none, as curl's `*/*`.
    pub(super) fn of(accept: &str) -> Self {
        let names = accept.split(',').map(|range| range.split(';').next().unwrap_or("").trim());
        let form = |name: &str| match name {
            "application/json" => Some(Self::Json),
            "text/html" => Some(Self::Html),
            "text/plain" | "text/*" => Some(Self::Text),
            _ => None,
        };
        names.map(str::to_ascii_lowercase).find_map(|name| form(&name)).unwrap_or(Self::Json)
    }
}

/// One paragraph for each request, oldest first, so that the newest stands above the prompt.
pub(super) fn text(all: &[Received]) -> String {
    if all.is_empty() {
        return "nothing was received yet\n".to_owned();
    }
    all.iter().map(|got| format!("{}\n{}\n\n", headline(got), body(got))).collect()
}

/// A table of all requests, newest first, with the bodies as they arrived.
pub(super) fn html(all: &[Received]) -> String {
    let item = |got: &Received| {
        let (head, headers) = (escaped(&headline(got)), headers(got));
        format!(
            "<h2>{head}</h2>\n<pre>{}</pre>\n<details><summary>headers</summary><pre>{}</pre></details>\n",
            escaped(&body(got)),
            escaped(&headers)
        )
    };
    let items: String = all.iter().rev().map(item).collect();
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Received: {count}</title>\n\
         <style>body {{ font: 15px system-ui; margin: 2em; max-width: 70em }} \
         h2 {{ font: bold 14px monospace; margin: 2em 0 .5em }} pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}</style>\n\
         <h1>Received: {count}</h1>\n<p>Newest first. Reload the page to see more.</p>\n{items}",
        count = all.len()
    )
}

fn headline(got: &Received) -> String {
    let time = got.at.get(11..23).unwrap_or(&got.at);
    let Received { method, path, answered, .. } = got;
    let (kind, id) = (got.header("ce-type"), got.header("webhook-id"));
    let known: Vec<_> = [kind, id].into_iter().flatten().collect();
    format!("{time}  {answered}  {method} {path}  {}", known.join("  ")).trim_end().to_owned()
}

fn headers(got: &Received) -> String {
    got.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// The body, with white space if it is JSON. Control characters cannot reach the terminal.
fn body(got: &Received) -> String {
    let text = match std::str::from_utf8(&got.body) {
        Ok(text) => text,
        Err(_) => return format!("  ({} bytes that are not text)", got.body.len()),
    };
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let shown = json.map_or_else(|| text.to_owned(), |json| format!("{json:#}"));
    let is_shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let lines = shown.lines().map(|line| format!("  {line}"));
    lines.collect::<Vec<_>>().join("\n").chars().filter(is_shown).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(body: &[u8]) -> Received {
        let headers = [("webhook-id", "msg_1"), ("ce-type", "order.<paid>")];
        Received {
            at: "2026-11-22T09:09:29.361Z".to_owned(),
            method: "POST".to_owned(),
            path: "/crm".to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: body.to_vec(),
            answered: 200,
        }
    }

    #[test]
    fn the_first_form_that_is_named_is_taken() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Form::Html),
            ("Text/Plain; q=1", Form::Text),
            ("application/json, text/plain, */*", Form::Json),
            ("image/png", Form::Json),
        ] {
            assert_eq!(Form::of(accept), form, "{accept}");
        }
    }

    #[test]
    fn text_shows_who_got_what_and_no_control_characters() {
        assert_eq!(text(&[]), "nothing was received yet\n");
        let head = "09:09:29.361  200  POST /crm  order.<paid>  msg_1";
        let json = received(br#"{"a":[1]}"#);
        assert_eq!(text(&[json]), format!("{head}\n  {{\n    \"a\": [\n      1\n    ]\n  }}\n\n"));
        let plain = text(&[received(b"a\x1b[31m\nb"), received(b"\xff")]);
        let expected = format!("{head}\n  a[31m\n  b\n\n{head}\n  (1 bytes that are not text)\n\n");
        assert_eq!(plain, expected);
    }

    #[test]
    fn a_page_has_the_newest_first_and_nothing_of_a_body_is_markup() {
        let page = html(&[received(b"<script>1</script>"), received(b"second")]);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;1"), "{page}");
        assert!(page.find("second") < page.find("&lt;script"), "{page}");
        assert!(page.contains("order.&lt;paid&gt;  msg_1</h2>"), "{page}");
    }
}
