//! One message, on its way into the chat and in it.

use std::fmt;
use std::sync::Arc;

use crate::transport::On;

pub const MAX_AUTHOR_CHARS: usize = 64;
pub const MAX_TEXT_BYTES: usize = 8 * 1024 * 1024;

/// What a message costs apart from its text, so that a million tiny ones have a price too.
const MESSAGE_OVERHEAD: usize = 128;

#[derive(Debug)]
pub struct Message {
    pub id: u64,
    pub author: Arc<str>,
    pub text: Arc<str>,
    pub sent_at: String,
    /// Where its event is to be cut: decided when it was sent, so that it holds for all.
    pub cut: Option<On>,
}

impl Message {
    /// Bytes that it takes in the history, more or less.
    pub fn cost(&self) -> usize {
        self.text.len() + self.author.len() + MESSAGE_OVERHEAD
    }
}

/// An argument that was not accepted. Its text goes to the client.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    pub fn new(message: String) -> Self {
        Self(message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message that has passed the limits, but has no number yet.
#[derive(Debug)]
pub struct Draft {
    pub author: Arc<str>,
    pub text: Arc<str>,
}

impl Draft {
    pub fn new(author: &str, text: String) -> Result<Self, Refusal> {
        let author = author.trim();
        let chars = author.chars().count();
        if chars == 0 || chars > MAX_AUTHOR_CHARS {
            return Err(Refusal::new(format!(
                "author: 1 to {MAX_AUTHOR_CHARS} characters after trimming are allowed, not {chars}"
            )));
        }
        if text.is_empty() || text.len() > MAX_TEXT_BYTES {
            return Err(Refusal::new(format!(
                "text: 1 to {MAX_TEXT_BYTES} bytes are allowed, not {}",
                text.len()
            )));
        }
        Ok(Self {
            author: author.into(),
            text: text.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_refused_by_name() {
        let refused = |author: &str, text: &str| {
            Draft::new(author, text.into())
                .expect_err("refused")
                .to_string()
        };
        assert!(refused("  ", "x").starts_with("author:"));
        assert!(refused(&"é".repeat(65), "x").starts_with("author:"));
        assert!(refused("ann", "").starts_with("text:"));
        assert!(refused("ann", &"x".repeat(MAX_TEXT_BYTES + 1)).starts_with("text:"));
        assert!(Draft::new(&"é".repeat(64), "x".repeat(MAX_TEXT_BYTES)).is_ok());
    }
}
