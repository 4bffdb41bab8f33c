//! The binary `catchment`: passes its arguments and streams to the library, and exits with its status.

use std::process::ExitCode;

use catchment::Streams;

fn main() -> ExitCode {
    let (mut input, mut out, mut err) =
        (std::io::stdin().lock(), std::io::stdout().lock(), std::io::stderr().lock());
    let streams = Streams { input: &mut input, out: &mut out, err: &mut err };
    (catchment::run(std::env::args_os(), streams) as u8).into()
}
