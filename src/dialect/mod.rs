//! What the events of a stream mean, one file a dialect.

mod graphql_sse;
pub mod graphql_transport_ws;
mod plain;

/// How a server speaks GraphQL on an event stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// GraphQL over SSE, distinct connections mode: events `next` and `complete`.
    #[default]
    GraphqlSse,
    /// Unnamed events that carry whole results; no completion (MongooseIM).
    Plain,
}

/// What an event means by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The data is a result.
    Next,
    /// The operation is complete.
    Complete,
    /// The data is a slice of a result, behind a line that says of which.
    Segment,
    /// No event of this dialect. It never ends a stream.
    Unknown,
}

impl Dialect {
    /// The dialect's name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlSse => "graphql-sse",
            Self::Plain => "plain",
        }
    }

    /// The meaning of an event with this name and data; an unnamed event may be
    /// given as the empty name or as `message`.
    #[must_use]
    pub fn meaning(self, name: &[u8]) -> Meaning {
        if name == b"segment" {
            return Meaning::Segment;
        }
        match self {
            Self::GraphqlSse => graphql_sse::meaning(name),
            Self::Plain => plain::meaning(name),
        }
    }

    /// The meaning of a named event that came without a data line.
    #[must_use]
    pub fn bare_meaning(self, name: &[u8]) -> Meaning {
        match self {
            Self::GraphqlSse => graphql_sse::bare_meaning(name),
            Self::Plain => Meaning::Unknown,
        }
    }
}
