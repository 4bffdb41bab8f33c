//! Numbers.

use super::{EvalError, Value};

/// Calls a function, if it is one of these.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Result<Value, EvalError>> {
    Some(match (name, arguments) {
        ("ceil", [number]) => number.as_number().map(|number| Value::Number(number.ceil())),
        ("floor", [number]) => number.as_number().map(|number| Value::Number(number.floor())),
        ("max", [_, ..]) => fold(arguments, f64::max),
        ("min", [_, ..]) => fold(arguments, f64::min),
        ("pow", [base, exponent]) => pow(base, exponent),
        ("range", [end]) => range(end),
        ("sum", [list]) => list.as_list().and_then(|list| fold(list, |sum, number| sum + number)),
        _ => return None,
    })
}

fn fold(numbers: &[Value], two: impl Fn(f64, f64) -> f64) -> Result<Value, EvalError> {
    let numbers = numbers.iter().map(Value::as_number).collect::<Result<Vec<_>, _>>()?;
    let result = numbers.into_iter().reduce(two);
    result.map(Value::Number).ok_or_else(|| EvalError::failed("there are no numbers"))
}

fn pow(base: &Value, exponent: &Value) -> Result<Value, EvalError> {
    Ok(Value::Number(base.as_number()?.powf(exponent.as_number()?)))
}

/// More are refused by Terraform too.
const MOST: f64 = 1024.0;

/// From 0 up to a number, or down to one below it, which is not among them.
fn range(end: &Value) -> Result<Value, EvalError> {
    let end = end.as_number()?;
    if end.abs() > MOST {
        return Err(EvalError::failed("range() of more than 1024 numbers"));
    }
    let step = end.signum();
    let numbers = std::iter::successors(Some(0.0), |number| Some(number + step));
    Ok(Value::list(numbers.take_while(|number| number.abs() < end.abs()).map(Value::Number)))
}
