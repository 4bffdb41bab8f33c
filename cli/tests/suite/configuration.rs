//! `docs/reference/configuration.md`: its tables list every variable of `infra/` and every attribute, each
//! with its type and its default.
//!
//! A comment stands before each table. `<!-- variables: a, b -->` lists these variables, and
//! `<!-- attributes: a.NAME -->` the attributes of one object. An attribute goes into the table with the
//! longest matching path. The last column is written by hand; the test keeps it and renews the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::Body;

const HEAD: &str = "| attribute | type | default | meaning |\n|---|---|---|---|\n";

/// A variable or an attribute.
struct Row {
    /// Its path, with `NAME` for a key of a map and `[]` for an item of a list.
    path: String,
    of: String,
    default: String,
}

/// What the comment before a table says.
struct Marker<'t> {
    /// Whether the table lists the paths themselves, or only what is below them.
    itself: bool,
    paths: Vec<&'t str>,
}

#[test]
fn the_configuration_page_lists_every_attribute_with_its_type_and_default() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/reference/configuration.md")).unwrap();
    let renewed = renew(&page, &rows(&root.join("infra")));
    if page != renewed {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configuration.md");
        fs::write(&to, renewed).unwrap();
        let to = to.display();
        panic!(
            "docs/reference/configuration.md does not match infra/. Renew it:\n\n    \
             cp {to} docs/reference/configuration.md\n"
        );
    }
    let undescribed: Vec<_> = page.lines().filter(|line| line.ends_with("|  |")).collect();
    assert!(undescribed.is_empty(), "these have no meaning yet: {undescribed:#?}");
}

/// The page with the tables as they must be.
fn renew(page: &str, rows: &[Row]) -> String {
    let markers: Vec<_> = page.lines().filter_map(Marker::parse).collect();
    let mut listed = 0;
    let mut renewed = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        renewed.push_str(line);
        renewed.push('\n');
        let Some(marker) = Marker::parse(line) else { continue };
        let mut meanings = BTreeMap::new();
        while let Some(line) = lines.next_if(|line| line.starts_with('|')) {
            let cells: Vec<_> = line.trim_matches('|').splitn(4, " | ").map(str::trim).collect();
            if let [name, _, _, meaning] = cells[..] {
                meanings.insert(name.to_owned(), meaning);
            }
        }
        renewed.push_str(HEAD);
        for row in rows.iter().filter(|row| marker.matching(row) == longest(&markers, row)) {
            let Some(path) = marker.matching(row) else { continue };
            let name = format!("`{}`", marker.shorten(path, row));
            let meaning = meanings.get(&name).unwrap_or(&"");
            let Row { of, default, .. } = row;
            renewed.push_str(&format!("| {name} | `{of}` | {default} | {meaning} |\n"));
            listed += 1;
        }
    }
    assert_eq!(listed, rows.len(), "each attribute belongs into exactly one table");
    renewed
}

fn longest<'t>(markers: &[Marker<'t>], row: &Row) -> Option<&'t str> {
    let paths = markers.iter().filter_map(|marker| marker.matching(row));
    paths.max_by_key(|path| path.len())
}

impl<'t> Marker<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let marker = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        let (kind, paths) = marker.split_once(": ")?;
        let itself = match kind {
            "variables" => true,
            "attributes" => false,
            _ => return None,
        };
        Some(Self { itself, paths: paths.split(", ").collect() })
    }

    /// Which of its paths a row belongs to.
    fn matching(&self, row: &Row) -> Option<&'t str> {
        let matches = |path: &&&str| match row.path.strip_prefix(**path) {
            Some("") => self.itself,
            Some(rest) => rest.starts_with('.'),
            None => false,
        };
        self.paths.iter().find(matches).copied()
    }

    fn shorten<'r>(&self, path: &str, row: &'r Row) -> &'r str {
        let short = row.path.strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
        short.filter(|_| !self.itself).unwrap_or(&row.path)
    }
}

/// All variables of the module, in the order of its files.
fn rows(module: &Path) -> Vec<Row> {
    let files = fs::read_dir(module).unwrap().map(|entry| entry.unwrap().path());
    let is_variables = |path: &PathBuf| {
        path.file_name().unwrap().to_str().is_some_and(|name| name.starts_with("variables"))
    };
    let mut files: Vec<_> = files.filter(is_variables).collect();
    files.sort();
    let mut rows = Vec::new();
    for file in files {
        let body = parse_body(&fs::read_to_string(&file).unwrap()).unwrap();
        for block in body.get_blocks("variable") {
            let name = block.labels.first().unwrap().as_str();
            let of = attribute(&block.body, "type").unwrap();
            let default = attribute(&block.body, "default");
            add(name.to_owned(), of, cell(default, false), &mut rows);
        }
    }
    rows
}

fn attribute<'b>(body: &'b Body, name: &str) -> Option<&'b Expression> {
    body.get_attribute(name).map(|attribute| &attribute.value)
}

/// Adds a variable or an attribute, and what is below it.
fn add(path: String, of: &Expression, default: String, rows: &mut Vec<Row>) {
    rows.push(Row { path: path.clone(), of: type_name(of), default });
    let mut below = (path, of);
    while let Some(call) = below.1.as_func_call() {
        let inner = call.args.get(0).unwrap();
        below = match call.name.name.as_str() {
            "map" => (format!("{}.NAME", below.0), inner),
            "list" | "set" => (format!("{}[]", below.0), inner),
            _ => return add_attributes(&below.0, inner, rows),
        };
    }
}

fn add_attributes(path: &str, object: &Expression, rows: &mut Vec<Row>) {
    for (key, value) in object.as_object().unwrap() {
        let ObjectKey::Ident(name) = key else { panic!("{path}: a key that is not a name") };
        let path = format!("{path}.{}", name.as_str());
        let optional =
            value.expr().as_func_call().filter(|call| call.name.name.as_str() == "optional");
        match optional {
            Some(call) => {
                add(path, call.args.get(0).unwrap(), cell(call.args.get(1), true), rows);
            }
            None => add(path, value.expr(), cell(None, false), rows),
        }
    }
}

fn type_name(of: &Expression) -> String {
    let name = |call: &FuncCall| match call.name.name.as_str() {
        "object" => "object".to_owned(),
        other => format!("{other}({})", type_name(call.args.get(0).unwrap())),
    };
    of.as_func_call().map_or_else(|| of.to_string().trim().to_owned(), name)
}

/// A default as the page shows it.
fn cell(default: Option<&Expression>, optional: bool) -> String {
    match default.map(|it| it.to_string().trim().to_owned()) {
        None if optional => "none".to_owned(),
        None => "required".to_owned(),
        Some(null) if null == "null" => "none".to_owned(),
        Some(value) => format!("`{value}`"),
    }
}
