//! What a Rust front end sets, and the object that the shell reads it from.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::super::values::{environment, missing};
use super::given::{Given, HeadersContext, object};
use crate::config::{Config, HeadersSource, Options, Refusal};
use crate::reservation::Sharing;
use crate::time::Span;

/// The function for headers, as the browser calls it: with the request and the context.
type HeadersCallback = Closure<dyn Fn(JsValue, HeadersContext) -> Result<JsValue, JsValue>>;

/// The function for a socket's greeting: with the context.
type ParamsCallback = Closure<dyn Fn(HeadersContext) -> Result<JsValue, JsValue>>;

/// What the browser calls as long as the client lives.
pub(super) type Callbacks = (Option<HeadersCallback>, Option<ParamsCallback>);

enum Params {
    Fixed(JsValue),
    Function(Box<dyn Fn(u32) -> Result<JsValue, JsValue>>),
}

enum Headers {
    Fixed(Vec<(String, String)>),
    Function(Box<dyn Fn(u32) -> Result<JsValue, JsValue>>),
}

/// What a [`Client`](super::Client) is made from.
///
/// ```no_run
/// use graphql_lifeline::config::{Method, Options};
/// use graphql_lifeline::{Client, Settings};
///
/// # fn token() -> String { String::new() }
/// let settings = Settings::new("https://chat.example/graphql")
///     .headers_with(|_attempt| vec![("authorization".into(), token())])
///     .options(Options { method: Some(Method::Get), ..Options::default() });
/// let client = Client::new(settings)?;
/// # Ok::<(), graphql_lifeline::config::Refusal>(())
/// ```
#[must_use = "settings do nothing before Client::new"]
pub struct Settings {
    url: String,
    http_url: Option<String>,
    headers: Headers,
    websocket: Option<String>,
    params: Params,
    max_streams: Option<u32>,
    max_segment_bytes: Option<u32>,
    renew_after: Option<Span>,
    options: Options,
}

impl Settings {
    /// The defaults for the server at this URL, which may be relative to the page.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            http_url: None,
            headers: Headers::Fixed(Vec::new()),
            websocket: None,
            params: Params::Fixed(JsValue::UNDEFINED),
            max_streams: None,
            max_segment_bytes: None,
            renew_after: None,
            options: Options::default(),
        }
    }

    /// Where [`Client::execute`](super::Client::execute) sends its operations; otherwise the same URL.
    pub fn http_url(mut self, url: impl Into<String>) -> Self {
        self.http_url = Some(url.into());
        self
    }

    /// Adds a header to each request, in place of a function that was set before.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let header = (name.into(), value.into());
        match &mut self.headers {
            Headers::Fixed(headers) => headers.push(header),
            headers @ Headers::Function(_) => *headers = Headers::Fixed([header].into()),
        }
        self
    }

    /// Asks for the headers on each attempt, which is given by its number from 1,
    /// in place of headers that were set before.
    pub fn headers_with(self, headers: impl Fn(u32) -> Vec<(String, String)> + 'static) -> Self {
        self.headers_with_js(move |attempt| Ok(object(&headers(attempt))))
    }

    /// The same for headers that come from JavaScript or take time: an object of strings, or
    /// a promise of one (`wasm_bindgen_futures::future_to_promise` makes such).
    /// A failure is an error of [`Code::Headers`](crate::error::Code::Headers), and tried again.
    pub fn headers_with_js(
        mut self,
        headers: impl Fn(u32) -> Result<JsValue, JsValue> + 'static,
    ) -> Self {
        self.headers = Headers::Function(Box::new(headers));
        self
    }

    /// The address for a WebSocket (graphql-transport-ws), which stands last on the ladder
    /// unless [`Options::transports`] says otherwise.
    pub fn websocket(mut self, url: impl Into<String>) -> Self {
        self.websocket = Some(url.into());
        self
    }

    /// What goes with the socket's greeting: an object that `JSON.stringify` can encode.
    pub fn connection_params(mut self, params: impl Into<JsValue>) -> Self {
        self.params = Params::Fixed(params.into());
        self
    }

    /// The same, asked for each socket, which is given by its number from 1: an object, or a
    /// promise of one. A failure is an error of [`Code::Headers`](crate::error::Code::Headers),
    /// and tried again.
    pub fn connection_params_with(
        mut self,
        params: impl Fn(u32) -> Result<JsValue, JsValue> + 'static,
    ) -> Self {
        self.params = Params::Function(Box::new(params));
        self
    }

    /// As many streams may be open to an origin over HTTP/1.1, in all tabs together: a browser has
    /// six connections, and queries need some. Default 4; `u32::MAX`: no limit. Further ones share
    /// a stream ([`Options::sharing`]), take the socket, or wait.
    pub const fn max_streams(mut self, count: u32) -> Self {
        self.max_streams = Some(count);
        self
    }

    /// Asks the server for larger results in slices of so many bytes, 256 to 64000, which are put
    /// together again. A server that does not know of it sends whole ones.
    pub const fn max_segment_bytes(mut self, bytes: u32) -> Self {
        self.max_segment_bytes = Some(bytes);
        self
    }

    /// Replaces a healthy subscription's connection after this time, up to a tenth earlier, before
    /// the server cuts it.
    pub fn renew_after(mut self, time: impl Into<Span>) -> Self {
        self.renew_after = Some(time.into());
        self
    }

    /// Everything else. `headers` and `websocket` in it are filled in from these settings; `own_fetch`,
    /// `own_retry`, `own_socket` and `referrer` are for JavaScript, and refused.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Checked, as the shell reads them, with what has to live as long as the client.
    pub(super) fn check(self) -> Result<(Config, JsValue, Callbacks), Refusal> {
        let mut options = self.options;
        refuse_foreign(&options)?;
        let given = Given::new();
        let urls = [
            ("url", Some(&self.url)),
            ("httpUrl", self.http_url.as_ref()),
            ("websocket.url", self.websocket.as_ref()),
        ];
        for (name, url) in urls {
            if url.is_some_and(String::is_empty) {
                return Err(Refusal::new(name, "must be a URL"));
            }
        }
        given.set_url(&self.url);
        if let Some(url) = &self.http_url {
            given.set_http_url(url);
        }
        match self.max_streams {
            Some(0) => return Err(Refusal::new("maxStreams", "must be 1 or more")),
            Some(1) if options.sharing == Sharing::WhenCrowded => {
                let why = "must be 2 or more where streams are shared when it is crowded: \
                           one is kept for the stream that is shared";
                return Err(Refusal::new("maxStreams", why));
            }
            Some(u32::MAX) => given.set_max_streams(f64::INFINITY),
            Some(count) => given.set_max_streams(f64::from(count)),
            None => {}
        }
        if let Some(bytes) = self.max_segment_bytes {
            if !(256..=64_000).contains(&bytes) {
                let why = "must be 256 to 64000";
                return Err(Refusal::new("payload.maxSegmentBytes", why));
            }
            let payload = Given::new();
            payload.set_max_segment_bytes(bytes);
            given.set_payload(&payload);
        }
        if options.sharing == Sharing::WhenCrowded {
            given.set_single_connection("auto");
        }
        match self.renew_after {
            Some(Span::ZERO) => return Err(Refusal::new("renewAfterMs", "must be over 0")),
            Some(time) => given.set_renew_after_ms(time.as_millis() as f64),
            None => {}
        }
        if let Some(credentials) = options.credentials {
            given.set_credentials(credentials.as_str());
        }
        let (source, callback) = give_headers(&given, self.headers);
        options.headers = source;
        options.websocket = self.websocket.is_some();
        let params = self
            .websocket
            .and_then(|url| give_websocket(&given, &url, self.params));
        if let Some(name) = missing() {
            return Err(Refusal::new(&name, "must be global"));
        }
        let config = Config::new(&options, environment())?;
        Ok((config, given.into(), (callback, params)))
    }
}

impl From<&str> for Settings {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Settings {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

fn refuse_foreign(options: &Options) -> Result<(), Refusal> {
    let foreign = [
        ("retry", options.own_retry),
        ("fetchFn", options.own_fetch),
        ("websocket.webSocketImpl", options.own_socket),
        ("referrer", options.referrer),
    ];
    match foreign.iter().find(|(_, set)| *set) {
        Some((name, _)) => Err(Refusal::new(name, "is not available to Rust")),
        None => Ok(()),
    }
}

fn give_headers(given: &Given, headers: Headers) -> (HeadersSource, Option<HeadersCallback>) {
    match headers {
        Headers::Fixed(headers) if headers.is_empty() => (HeadersSource::None, None),
        Headers::Fixed(headers) => {
            given.set_headers(&object(&headers));
            (HeadersSource::Fixed, None)
        }
        Headers::Function(function) => {
            let call = move |_, context: HeadersContext| function(context.attempt());
            let callback: HeadersCallback = Closure::wrap(Box::new(call));
            given.set_headers(callback.as_ref());
            (HeadersSource::Function, Some(callback))
        }
    }
}

fn give_websocket(given: &Given, url: &str, params: Params) -> Option<ParamsCallback> {
    let websocket = Given::new();
    websocket.set_url(url);
    let callback = match params {
        Params::Fixed(params) => {
            websocket.set_connection_params(&params);
            None
        }
        Params::Function(function) => {
            let call = move |context: HeadersContext| function(context.attempt());
            let callback: ParamsCallback = Closure::wrap(Box::new(call));
            websocket.set_connection_params(callback.as_ref());
            Some(callback)
        }
    };
    given.set_websocket(&websocket);
    callback
}
