//! Text without `core::fmt`, which costs a web page 6 KB.

use alloc::string::String;

/// The parts, one behind the other.
#[must_use]
pub fn concat(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// The number in decimal digits.
#[must_use]
pub fn digits(number: u16) -> String {
    let mut text = String::new();
    let mut unit = 10_000;
    while unit > 0 {
        let digit = number / unit % 10;
        if digit > 0 || !text.is_empty() || unit == 1 {
            // A digit is less than ten.
            text.push(char::from(b'0' + digit as u8));
        }
        unit /= 10;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for number in 0..=u16::MAX {
            assert_eq!(digits(number), number.to_string());
        }
    }
}
