//! The command line.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt};

use crate::Options;

pub const HELP: &str = "\
lifeline-server: a GraphQL chat over Server-Sent Events and WebSocket, with faults to order

Usage: lifeline-server [options]

  --port N           port to listen on; 0 takes any free one (default: $PORT, or 8080)
  --host ADDRESS     address to listen on (default: 127.0.0.1)
  --tls              HTTPS and HTTP/2, with a certificate made at the start for localhost
  --static DIR       serve the files in DIR at /
  --heartbeat-ms N   a comment on each event stream every N ms; 0 sends none (default: 12000)
  --help             print this
  --version          print the version
";

const MAX_HEARTBEAT_MS: u64 = 86_400_000;

#[derive(Debug)]
pub enum Command {
    Run(Options),
    Help,
    Version,
}

/// Reads the arguments after the program's name; `port` is the environment's `PORT`.
pub fn parse<I>(arguments: I, port: Option<OsString>) -> Result<Command, String>
where
    I: IntoIterator<Item = OsString>,
{
    let mut options = Options::default();
    let mut given_port = None;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(text)? {
        match argument {
            Long("port") => given_port = Some(number("--port", value(&mut parser)?)?),
            Long("host") => options.host = value(&mut parser)?.string().map_err(text)?,
            Long("tls") => options.tls = true,
            Long("static") => options.static_dir = Some(directory(value(&mut parser)?)?),
            Long("heartbeat-ms") => options.heartbeat = heartbeat(value(&mut parser)?)?,
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            other => return Err(format!("{}; see --help", other.unexpected())),
        }
    }
    options.port = match (given_port, port.filter(|port| !port.is_empty())) {
        (Some(port), _) => port,
        (None, Some(port)) => number("PORT", port)?,
        (None, None) => options.port,
    };
    Ok(Command::Run(options))
}

fn value(parser: &mut lexopt::Parser) -> Result<OsString, String> {
    parser.value().map_err(text)
}

fn number<N: FromStr>(name: &str, value: OsString) -> Result<N, String>
where
    N::Err: Display,
{
    let value = value.to_string_lossy();
    value
        .parse()
        .map_err(|error| format!("{name} {value}: {error}"))
}

fn heartbeat(value: OsString) -> Result<Option<Duration>, String> {
    let ms = number("--heartbeat-ms", value)?;
    if ms > MAX_HEARTBEAT_MS {
        return Err(format!(
            "--heartbeat-ms {ms}: at most {MAX_HEARTBEAT_MS} (a day)"
        ));
    }
    Ok(Some(Duration::from_millis(ms)).filter(|every| !every.is_zero()))
}

fn directory(value: OsString) -> Result<PathBuf, String> {
    let path = PathBuf::from(value);
    if path.is_dir() {
        Ok(path)
    } else {
        Err(format!(
            "--static {}: there is no such directory",
            path.display()
        ))
    }
}

fn text(error: lexopt::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str], port: Option<&str>) -> Result<Options, String> {
        match parse(
            arguments.iter().map(OsString::from),
            port.map(OsString::from),
        )? {
            Command::Run(options) => Ok(options),
            Command::Help | Command::Version => Err("no options".into()),
        }
    }

    #[test]
    fn defaults_environment_and_arguments_in_this_order() {
        let options = run(&[], None).unwrap();
        assert_eq!((options.port, options.host.as_str()), (8080, "127.0.0.1"));
        assert_eq!(options.heartbeat, Some(Duration::from_secs(12)));
        assert_eq!(run(&[], Some("9")).unwrap().port, 9);
        assert_eq!(run(&[], Some("")).unwrap().port, 8080);
        assert_eq!(run(&["--port=0"], Some("9")).unwrap().port, 0);
        assert!(!run(&[], None).unwrap().tls && run(&["--tls"], None).unwrap().tls);
        let silent = run(&["--heartbeat-ms", "0"], None).unwrap();
        assert_eq!(silent.heartbeat, None);
    }

    #[test]
    fn mistakes_are_named() {
        let refused = |arguments: &[&str]| run(arguments, None).expect_err("refused");
        assert!(refused(&["--port", "65536"]).starts_with("--port 65536"));
        assert!(refused(&["--heartbeat-ms", "99999999999"]).contains("at most"));
        assert!(refused(&["--static", "no/such"]).contains("no such directory"));
        assert!(refused(&["--tls=maybe"]).contains("--tls"));
        assert!(refused(&["--prot", "1"]).contains("--prot"));
        assert!(
            run(&[], Some("x"))
                .expect_err("refused")
                .starts_with("PORT x")
        );
    }
}
