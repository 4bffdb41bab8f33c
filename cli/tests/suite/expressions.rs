//! Expressions, each with its value in `terraform console` (1.11.4) as JSON.

use catchment::terraform::json::encode;
use catchment::terraform::literal::constant;
use hcl_edit::parser::parse_expr;

const EXPECTED: &[(&str, &str)] = &[
    (
        r#"{ b = "<a> & 'b'", a = [1, 1.50, 1e3, null, true] }"#,
        r#"{"a":[1,1.5,1000,null,true],"b":"\u003ca\u003e \u0026 'b'"}"#,
    ),
    (r#"format("%s|%d|%v|%05d|%3s|%%", "a", 7, true, 42, "b")"#, r#""a|7|true|00042|  b|%""#),
    ("flatten([[1, [2]], [], [[[3]]]])", "[1,2,3]"),
    (r#"setsubtract(["c", "a", "b", "a"], ["b"])"#, r#"["a","c"]"#),
    (r#"setunion(["b", "a"], ["c", "a"])"#, r#"["a","b","c"]"#),
    (r#"distinct(["b", "a", "b"])"#, r#"["b","a"]"#),
    (r#"compact(["a", "", null, "b"])"#, r#"["a","b"]"#),
    ("merge({ a = 1, b = 1 }, null, { b = 2 })", r#"{"a":1,"b":2}"#),
    (r#"regexall("\\{([^}]*\\}?)", "{a}.{b.{c")"#, r#"[["a}"],["b.{c"]]"#),
    (r#"regex("(?P<x>[0-9]+)-(?P<y>[a-z]+)", "12-ab")"#, r#"{"x":"12","y":"ab"}"#),
    (r#"regex("^([a-z])([0-9])$", "a1")"#, r#"["a","1"]"#),
    (r#"can(regex("^\\s$", "\u00a0"))"#, "false"),
    (r#"coalesce("", null, "x", "y")"#, r#""x""#),
    (r#"[for k, v in { b = 1, a = 2 } : "${k}=${v}" if v > 0]"#, r#"["a=2","b=1"]"#),
    (r#"{ for v in ["a", "b", "a"] : v => v... }"#, r#"{"a":["a","a"],"b":["b"]}"#),
    ("[{ a = 1 }, { a = 2 }][*].a", "[1,2]"),
    (r#"[for x in ["a", "b"] : x][*]"#, r#"["a","b"]"#),
    ("null[*]", "[]"),
    (r#""x"[*]"#, r#"["x"]"#),
    ("true ? 1 + 2 * 3 : 0", "7"),
    ("-7 % 3", "-1"),
    ("pow(2, 10) / 3 > 341", "true"),
    ("sum([0.5, 1, 2])", "3.5"),
    ("range(3)", "[0,1,2]"),
    ("range(-1)", "[0]"),
    (r#"trimsuffix("a.json.json", ".json")"#, r#""a.json""#),
    (r#"length("é€")"#, "2"),
    (r#"lower("ÄB")"#, r#""äb""#),
    (r#"join(", ", ["a", 1, true])"#, r#""a, 1, true""#),
    (r#"split(":", "a::b")"#, r#"["a","","b"]"#),
    (r#"split("", "aü")"#, r#"["a","ü"]"#),
    (r#"base64encode("é")"#, r#""w6k=""#),
    (r#"cidrhost("203.0.113.7/24", 0)"#, r#""203.0.113.0""#),
    (r#"can(cidrhost("203.0.113.0/33", 0))"#, "false"),
    (r#"1 == "1""#, "false"),
    (r#""${1}" == "1""#, "false"),
    ("contains([1, 2], 3)", "false"),
    (r#""a${true}b${1.5}c""#, r#""atrueb1.5c""#),
    (r#"anytrue([false, "true"])"#, "true"),
    ("alltrue([])", "true"),
    ("min(3, 1, 2) + max(1, 5) + floor(1.7) + ceil(1.2)", "9"),
    (r#"can("${null}x")"#, "false"),
    ("can(null > 1 && false)", "false"),
    (r#"replace("a.b.a", "a", "x")"#, r#""x.b.x""#),
    (r#"sha256("a")"#, r#""ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb""#),
    (r#"trimspace(" a\n")"#, r#""a""#),
    ("values({ b = 1, a = 2 })", "[2,1]"),
    (r#""a" == null"#, "false"),
    (r#"!startswith("abc", "b") || endswith("abc", "d")"#, "true"),
];

#[test]
fn expressions_evaluate_as_in_terraform() {
    for (expression, expected) in EXPECTED {
        let value = constant(&parse_expr(expression).unwrap());
        let json = value.and_then(|value| encode(&value));
        assert_eq!(json.as_deref(), Ok(*expected), "{expression}");
    }
}
