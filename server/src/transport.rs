//! The two transports that results stream over, and which of them a fault concerns.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Sse,
    Ws,
}

/// The `on` of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    Sse,
    Ws,
    All,
}

impl On {
    pub fn includes(self, transport: Transport) -> bool {
        match (self, transport) {
            (Self::All, _) | (Self::Sse, Transport::Sse) | (Self::Ws, Transport::Ws) => true,
            (Self::Sse, Transport::Ws) | (Self::Ws, Transport::Sse) => false,
        }
    }
}
