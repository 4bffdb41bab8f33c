//! Operators. As in Terraform 1.11, both sides of `&&` and `||` are evaluated, and neither may fail.

use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp, UnaryOperator};

use super::{Around, EvalError, Evaluator, Value};

impl Evaluator<'_> {
    pub(super) fn unary(&self, operation: &UnaryOp, scope: Around<'_>) -> Result<Value, EvalError> {
        let value = self.value(&operation.expr, scope)?;
        match operation.operator.value() {
            UnaryOperator::Neg => Ok(Value::Number(-value.as_number()?)),
            UnaryOperator::Not => Ok(Value::Bool(!value.as_bool()?)),
        }
    }

    pub(super) fn binary(
        &self,
        operation: &BinaryOp,
        scope: Around<'_>,
    ) -> Result<Value, EvalError> {
        let left = self.value(&operation.lhs_expr, scope)?;
        let right = self.value(&operation.rhs_expr, scope)?;
        match operation.operator.value() {
            BinaryOperator::Eq => equal(&left, &right).map(Value::Bool),
            BinaryOperator::NotEq => equal(&left, &right).map(|equal| Value::Bool(!equal)),
            BinaryOperator::And => both(&left, &right, false),
            BinaryOperator::Or => both(&left, &right, true),
            operator => numbers(*operator, left.as_number()?, right.as_number()?),
        }
    }
}

fn equal(left: &Value, right: &Value) -> Result<bool, EvalError> {
    match (left, right) {
        (Value::Unknown, _) | (_, Value::Unknown) => Err(EvalError::Unknown),
        (left, right) => Ok(left == right),
    }
}

/// `&&` or `||`. One side decides alone if it is `decisive`: false for `&&`, true for `||`. The other side may then
/// be unknown.
fn both(left: &Value, right: &Value, decisive: bool) -> Result<Value, EvalError> {
    let (left, right) = (known(left.as_bool())?, known(right.as_bool())?);
    match (left, right) {
        (Some(left), Some(right)) if left != decisive && right != decisive => {
            Ok(Value::Bool(!decisive))
        }
        (Some(truth), _) | (_, Some(truth)) if truth == decisive => Ok(Value::Bool(decisive)),
        (Some(_), Some(_)) => Ok(Value::Bool(decisive)),
        _ => Err(EvalError::Unknown),
    }
}

fn known(truth: Result<bool, EvalError>) -> Result<Option<bool>, EvalError> {
    match truth {
        Err(EvalError::Unknown) => Ok(None),
        other => other.map(Some),
    }
}

fn numbers(operator: BinaryOperator, left: f64, right: f64) -> Result<Value, EvalError> {
    let number = match operator {
        BinaryOperator::Less => return Ok(Value::Bool(left < right)),
        BinaryOperator::LessEq => return Ok(Value::Bool(left <= right)),
        BinaryOperator::Greater => return Ok(Value::Bool(left > right)),
        BinaryOperator::GreaterEq => return Ok(Value::Bool(left >= right)),
        BinaryOperator::Plus => left + right,
        BinaryOperator::Minus => left - right,
        BinaryOperator::Mul => left * right,
        BinaryOperator::Div => left / right,
        BinaryOperator::Mod => left % right,
        other => return Err(EvalError::unsupported(format!("the operator {}", other.as_str()))),
    };
    match number.is_finite() {
        true => Ok(Value::Number(number)),
        false => Err(EvalError::failed("the result is not a finite number")),
    }
}
