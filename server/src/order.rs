//! The body of `POST /faults`: a profile, and what can be said about all of them.

use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::dismissal::When;
use crate::profile::{Profile, Reach, Span};
use crate::transport::On;

const MAX_FOR_MS: u64 = 600_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub profile: Profile,
    pub on: On,
    /// It ends by itself after so long.
    pub lasts: Option<Duration>,
    /// It ends by itself after it befell so often.
    pub times: Option<NonZeroU32>,
}

impl Order {
    /// The error says what is wrong, and which profiles there are.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        serde_json::from_slice::<Map<_, _>>(json)
            .map_err(|error| format!("a fault is one JSON object: {error}"))
            .and_then(Self::read)
            .map_err(|wrong| {
                let known = Profile::NAMES.map(|name| format!("`{name}`")).join(", ");
                format!("{wrong}; known profiles: {known}")
            })
    }

    pub fn read(mut body: Map<String, Value>) -> Result<Self, String> {
        let (on, lasts, times) = (body.remove("on"), body.remove("for"), body.remove("times"));
        let profile = serde_json::from_value(Value::Object(body)).map_err(in_short)?;
        if let Profile::Closes {
            when: When::Greeting,
            operation: Some(_),
            ..
        } = profile
        {
            return Err("`operation` means nothing at the greeting: none is sent before".into());
        }
        Ok(Self {
            on: transports(&profile, on)?,
            lasts: lasts.map(|ms| duration(&profile, &ms)).transpose()?,
            times: count(&profile, times)?,
            profile,
        })
    }
}

/// serde lists the known profiles in the middle of its sentence; `parse` lists them at the end.
fn in_short(error: serde_json::Error) -> String {
    let message = error.to_string();
    let unknown = message.strip_prefix("unknown variant ");
    match unknown.and_then(|rest| rest.split_once(", expected one of `none`")) {
        Some((name, _)) => format!("unknown profile {name}"),
        // Of a field, which has few.
        None => message,
    }
}

fn transports(profile: &Profile, on: Option<Value>) -> Result<On, String> {
    let name = profile.name();
    let on = on
        .map(|on| {
            serde_json::from_value::<On>(on.clone())
                .map_err(|_| format!("on: `sse`, `ws` and `all` are known, not {on}"))
        })
        .transpose()?;
    match (profile.reach(), on) {
        (Reach::Any, on) => Ok(on.unwrap_or(On::Sse)),
        (Reach::Sse, None | Some(On::Sse)) => Ok(On::Sse),
        (Reach::Sse, Some(On::Ws | On::All)) => Err(format!(
            "`{name}` is for event streams alone: leave out `on`"
        )),
        (Reach::Fixed(on), None) => Ok(on),
        (Reach::Fixed(_), Some(_)) => Err(format!("`{name}` takes no `on`")),
    }
}

fn duration(profile: &Profile, ms: &Value) -> Result<Duration, String> {
    if profile.span() == Span::Moment {
        let name = profile.name();
        return Err(format!("`{name}` takes no `for`: it has no end"));
    }
    ms.as_u64()
        .filter(|ms| (1..=MAX_FOR_MS).contains(ms))
        .map(Duration::from_millis)
        .ok_or_else(|| format!("for: 1 to {MAX_FOR_MS} is allowed, not {ms}"))
}

fn count(profile: &Profile, times: Option<Value>) -> Result<Option<NonZeroU32>, String> {
    let given = |times: Value| {
        let number = times.as_u64().and_then(|times| u32::try_from(times).ok());
        number
            .and_then(NonZeroU32::new)
            .ok_or_else(|| format!("times: 1 to {} is allowed, not {times}", u32::MAX))
    };
    match (profile.span(), times) {
        (Span::Moment | Span::Time | Span::Endless, None) => Ok(None),
        (Span::Once, None) => Ok(Some(NonZeroU32::MIN)),
        (Span::Once | Span::Endless, Some(times)) => given(times).map(Some),
        (Span::Moment | Span::Time, Some(_)) => {
            Err(format!("`{}` takes no `times`", profile.name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    fn parse(json: &str) -> Order {
        Order::parse(json.as_bytes()).expect("accepted")
    }

    fn refused(json: &str) -> String {
        Order::parse(json.as_bytes()).expect_err("refused")
    }

    #[test]
    fn the_unknown_is_named_and_the_known_are_listed() {
        let message = refused(r#"{"profile":"gremlins"}"#);
        assert!(
            message.starts_with("unknown profile `gremlins`; known profiles: `none`, `cut`"),
            "{message}"
        );
        for json in [r#"{"profile":"gremlins"}"#, "{}", "[]", "", "{", "7"] {
            let message = refused(json);
            for name in Profile::NAMES {
                assert!(message.contains(&format!("`{name}`")), "{message}");
            }
        }
        assert!(refused("{}").contains("missing field `profile`"));
        assert!(refused(r#"{"profile":"none","times":2}"#).contains("times"));
        assert!(refused(r#"{"profile":"cut","onnext":true}"#).contains("onnext"));
    }

    #[test]
    fn options_have_defaults_and_limits() {
        let cut = parse(r#"{"profile":"cut"}"#);
        assert_eq!(cut.profile, Profile::Cut { on_next: false });
        assert_eq!((cut.on, cut.lasts), (On::Sse, None));
        let slow = parse(r#"{"profile":"slow"}"#).profile;
        let bytes_per_second = limits::slow_rate();
        assert_eq!(slow, Profile::Slow { bytes_per_second });
        assert_eq!(
            parse(r#"{"profile":"status-401"}"#).profile,
            Profile::Status401 { retry_after: None }
        );
        assert_eq!(
            parse(r#"{"profile":"status-429","times":1}"#).profile,
            Profile::Status429 {
                retry_after: limits::soon()
            }
        );
        for (json, hint) in [
            (r#"{"profile":"status","status":100}"#, "200 to 599"),
            (
                r#"{"profile":"status","status":503,"times":0}"#,
                "times: 1 to",
            ),
            (r#"{"profile":"status-503","status":503}"#, "status"),
            (r#"{"profile":"slow","bytesPerSecond":0}"#, "bytesPerSecond"),
            (r#"{"profile":"buffer","bytes":1048577}"#, "1 to 1048576"),
            (r#"{"profile":"replay","last":1001}"#, "1 to 1000"),
            (r#"{"profile":"drop","every":0}"#, "zero"),
            (r#"{"profile":"flap","ms":-1}"#, "-1"),
            (r#"{"profile":"no-stream","status":99}"#, "200 to 599"),
            (
                "{\"profile\":\"no-stream\",\"contentType\":\"a\\nb\"}",
                "header",
            ),
            (r#"{"profile":"throws","how":"up"}"#, "`break` or `error`"),
            (r#"{"profile":"closes"}"#, "missing field `code`"),
            (r#"{"profile":"closes","code":1006}"#, "not 1006"),
            (r#"{"profile":"closes","code":5000}"#, "not 5000"),
            (
                r#"{"profile":"closes","code":4400,"when":"greeting","operation":"A"}"#,
                "means nothing at the greeting",
            ),
            (
                r#"{"profile":"closes","code":4400,"when":"never"}"#,
                "`greeting` or `subscribe`",
            ),
            (
                "{\"profile\":\"status-401\",\"retryAfter\":\"a\\nb\"}",
                "header",
            ),
        ] {
            assert!(refused(json).contains(hint), "{}", refused(json));
        }
    }

    #[test]
    fn on_for_and_times_are_refused_where_they_mean_nothing() {
        assert_eq!(parse(r#"{"profile":"stall","on":"all"}"#).on, On::All);
        assert_eq!(parse(r#"{"profile":"slow","on":"sse"}"#).on, On::Sse);
        assert_eq!(parse(r#"{"profile":"ws-down"}"#).on, On::Ws);
        let lasts = parse(r#"{"profile":"cut","onNext":true,"for":600000}"#).lasts;
        assert_eq!(lasts, Some(Duration::from_secs(600)));
        let times = |json| parse(json).times.map(NonZeroU32::get);
        assert_eq!(times(r#"{"profile":"portal"}"#), Some(1));
        assert_eq!(times(r#"{"profile":"status-429","times":7}"#), Some(7));
        assert_eq!(times(r#"{"profile":"stall"}"#), None);
        assert_eq!(times(r#"{"profile":"drop","times":2}"#), Some(2));
        for (json, hint) in [
            (r#"{"profile":"stall","on":"smoke"}"#, "`sse`, `ws`"),
            (r#"{"profile":"large-crash","on":"ws"}"#, "streams alone"),
            (r#"{"profile":"buffer","on":"all"}"#, "event streams alone"),
            (r#"{"profile":"no-stream","on":"all"}"#, "streams alone"),
            (
                r#"{"profile":"closes","code":4400,"on":"ws"}"#,
                "takes no `on`",
            ),
            (r#"{"profile":"ws-down","on":"ws"}"#, "takes no `on`"),
            (r#"{"profile":"all-down","on":"sse"}"#, "takes no `on`"),
            (r#"{"profile":"cut","for":5}"#, "takes no `for`"),
            (r#"{"profile":"none","for":5}"#, "takes no `for`"),
            (r#"{"profile":"stall","for":0}"#, "for: 1 to 600000"),
            (r#"{"profile":"stall","for":"1"}"#, "for: 1 to 600000"),
            (r#"{"profile":"none","times":2}"#, "takes no `times`"),
            (r#"{"profile":"cut","times":2}"#, "takes no `times`"),
            (r#"{"profile":"slow","times":2}"#, "takes no `times`"),
            (r#"{"profile":"drop","times":-1}"#, "times: 1 to"),
            (r#"{"profile":"drop","times":4294967296}"#, "times: 1 to"),
        ] {
            assert!(refused(json).contains(hint), "{}", refused(json));
        }
    }

    #[test]
    fn scripts_are_checked_before_they_play() {
        let cut = r#"{"afterMs":1,"profile":"cut"}"#;
        let script = |steps: &str, repeat: u32| {
            format!(r#"{{"profile":"script","steps":[{steps}],"repeat":{repeat}}}"#)
        };
        assert_eq!(parse(&script(cut, 100)).profile.name(), "script");
        for (json, hint) in [
            (script("", 1), "1 to 100 are allowed"),
            (script(&vec![cut; 101].join(","), 1), "not 101"),
            (script(cut, 0), "repeat"),
            (script(cut, 101), "repeat"),
            (script(r#"{"profile":"cut"}"#, 1), "step 1: missing field"),
            (
                script(&format!(r#"{cut},{{"afterMs":0,"profile":"x"}}"#), 1),
                "step 2: unknown profile `x`",
            ),
            (script(r#"{"afterMs":-1,"profile":"cut"}"#, 1), "afterMs"),
            (script(r#"{"afterMs":60001,"profile":"cut"}"#, 10), "600010"),
            (
                script(r#"{"afterMs":0,"profile":"script","steps":[]}"#, 1),
                "step 1: a script cannot play a script",
            ),
        ] {
            assert!(refused(&json).contains(hint), "{}", refused(&json));
        }
    }
}
