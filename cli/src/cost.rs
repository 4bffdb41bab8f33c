//! `catchment cost`: what a configuration costs on AWS, line by line, from list prices.
//!
//! What the stack creates is counted in the Terraform module, so that a new alarm or secret is in the estimate.

pub mod estimate;
pub mod prices;
mod render;
pub mod stack;

use self::estimate::{Estimate, Traffic};
use self::prices::Prices;
use self::stack::Stack;
use crate::arguments::CostArguments;
use crate::{ExitStatus, Failure, Streams, terminal};

/// Runs the command.
pub fn run(arguments: &CostArguments, streams: &mut Streams<'_>) -> Result<ExitStatus, Failure> {
    let stack = Stack::read(&arguments.files)?;
    let traffic = traffic(arguments, &stack)?;
    let prices = Prices::embedded()?;
    let estimate = Estimate::of(&stack, traffic, &prices)?;
    match arguments.json {
        true => writeln!(streams.out, "{:#}", render::json(&stack, &traffic, &estimate, &prices))?,
        false => {
            let text = render::text(&stack, &traffic, &estimate, &prices, terminal::width());
            write!(streams.out, "{text}")?;
        }
    }
    Ok(ExitStatus::Success)
}

/// The traffic that the arguments describe, if the stack can have it.
fn traffic(arguments: &CostArguments, stack: &Stack) -> Result<Traffic, Failure> {
    let CostArguments { webhooks, bytes, destinations, batch, .. } = *arguments;
    if batch > stack.largest_batch {
        let largest = stack.largest_batch;
        return Err(Failure::unusable(format!(
            "--batch is {batch}, but no queue of this configuration has batches of more than {largest} (batch_size)"
        )));
    }
    Ok(Traffic { webhooks, bytes, destinations, batch })
}
