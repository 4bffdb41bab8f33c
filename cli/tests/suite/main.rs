//! The operator's tool from outside: by its library's one function, and by its binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binary;
mod check;
mod check_module;
mod configuration;
mod document;
mod expressions;
mod hints;
mod listener;
mod providers;
mod route;
mod secrecy;
mod send;
mod stored;
mod tool;
mod unusable;
mod vectors;
