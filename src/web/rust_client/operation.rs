//! A GraphQL request, as Rust gives it.

use alloc::boxed::Box;
use alloc::string::String;

use wasm_bindgen::JsValue;

use super::given::Given;
use crate::config::Refusal;
use crate::continuity::{self, Key};

/// A GraphQL request.
///
/// ```no_run
/// use graphql_lifeline::Operation;
///
/// let operation = Operation::new("subscription ($room: ID!) { messages(room: $room) { text } }")
///     .variables(wasm_bindgen::JsValue::NULL)
///     .resubscribe(false);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "an operation does nothing before subscribe or execute"]
pub struct Operation {
    pub(super) query: String,
    pub(super) name: Option<String>,
    variables: JsValue,
    extensions: JsValue,
    pub(super) resubscribe: Option<bool>,
    continuity: Option<continuity::Settings>,
}

impl Operation {
    /// An operation without variables.
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            name: None,
            variables: JsValue::UNDEFINED,
            extensions: JsValue::UNDEFINED,
            resubscribe: None,
            continuity: None,
        }
    }

    /// Which of the document's operations; needed only if there are several.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The variables: an object that `JSON.stringify` can encode.
    pub fn variables(mut self, variables: impl Into<JsValue>) -> Self {
        self.variables = variables.into();
        self
    }

    /// The request's `extensions`, encoded like the variables.
    pub fn extensions(mut self, extensions: impl Into<JsValue>) -> Self {
        self.extensions = extensions.into();
        self
    }

    /// May it be sent again after a cut? Otherwise as the client's option says.
    pub fn resubscribe(mut self, resubscribe: bool) -> Self {
        self.resubscribe = Some(resubscribe);
        self
    }

    /// How its results are told apart, and whether gaps are to be filled: then take
    /// [`Subscription::events`], and answer [`Event::Backfill`] and [`Event::Hydrate`]. A key that is a function is
    /// for JavaScript, and refused.
    ///
    /// ```no_run
    /// use graphql_lifeline::continuity::{Key, Settings};
    /// use graphql_lifeline::Operation;
    ///
    /// let operation = Operation::new("subscription { messages { id text } }").continuity(Settings {
    ///     key: Some(Key::Path("messages.id".into())),
    ///     backfill: true,
    ///     ..Settings::default()
    /// });
    /// ```
    pub fn continuity(mut self, continuity: continuity::Settings) -> Self {
        self.continuity = Some(continuity);
        self
    }

    /// Checked.
    pub(super) fn rules(&self) -> Result<Option<Box<continuity::Settings>>, Refusal> {
        let Some(rules) = &self.continuity else {
            return Ok(None);
        };
        if let Some(Key::Function(_)) = rules.key {
            let why = "must be a path; a function is not available to Rust";
            return Err(Refusal::new("continuity.key", why));
        }
        rules.check()?;
        Ok(Some(Box::new(rules.clone())))
    }

    pub(super) fn to_js(&self) -> JsValue {
        let given = Given::new();
        given.set_query(&self.query);
        given.set_operation_name(self.name.as_deref());
        given.set_variables(&self.variables);
        given.set_extensions(&self.extensions);
        given.into()
    }
}

impl From<&str> for Operation {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl From<String> for Operation {
    fn from(query: String) -> Self {
        Self::new(query)
    }
}
