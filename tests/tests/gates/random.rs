//! The gates as chance has it.

mod circuits;
mod standard;
