//! Tests of the command line tool from outside, by its library and its binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binary;
mod check;
mod check_destinations;
mod check_domain;
mod check_module;
mod check_options;
mod configuration;
mod copy_release;
mod cost;
mod document;
mod examples;
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
