//! Starts the server from the command line, says where it listens, and stops it on a signal.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use lifeline_server::args::{self, Command};
use lifeline_server::{Options, Server};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    match args::parse(env::args_os().skip(1), env::var_os("PORT")) {
        Ok(Command::Run(options)) => match run(options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => complain(&message, 1),
        },
        Ok(Command::Help) => print(args::HELP),
        Ok(Command::Version) => print(concat!("lifeline-server ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(message) => complain(&message, 2),
    }
}

fn run(options: Options) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(serve(options));
    // Whoever still reads slowly does not hold up the exit.
    runtime.shutdown_background();
    outcome
}

async fn serve(options: Options) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    // Before the line is printed: whoever waits for it may send a signal at once.
    let mut terminate = signal(SignalKind::terminate()).map_err(text)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(text)?;
    let server = Server::bind(options)
        .await
        .map_err(|error| error.to_string())?;
    let address = server.address();
    if !address.ip().is_loopback() {
        warn(&format!(
            "warning: {address} can be reached from other machines, and anyone may order faults"
        ));
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", server.url())
        .and_then(|()| stdout.flush())
        .map_err(|error| format!("cannot print the address: {error}"))?;
    server
        .run(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await;
    Ok(())
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    warn(message);
    ExitCode::from(code)
}

fn warn(message: &str) {
    // With stderr closed there is nowhere to say it.
    let _ = writeln!(io::stderr(), "{message}");
}
