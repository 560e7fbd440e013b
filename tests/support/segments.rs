//! The other end of PROTOCOL.md, "Segments": results in slices.

/// One segment.
#[derive(Clone, Debug)]
pub struct Slice {
    pub result: u32,
    pub index: u32,
    pub count: u32,
    pub bytes: u32,
    pub checksum: u32,
    /// The operation, on a reserved stream.
    pub id: Option<String>,
    pub text: String,
}

impl Slice {
    fn numbers(&self) -> String {
        let Self {
            result,
            index,
            count,
            bytes,
            checksum,
            ..
        } = self;
        format!("\"r\":{result},\"i\":{index},\"n\":{count},\"b\":{bytes},\"c\":{checksum}")
    }

    /// The same of another result.
    pub fn with(&self, result: u32) -> Self {
        Self {
            result,
            ..self.clone()
        }
    }

    /// The data of an event.
    pub fn data(&self) -> String {
        let id = self.id.as_ref();
        let id = id.map_or(String::new(), |id| format!(",\"id\":\"{id}\""));
        format!("{{{}{id}}}\n{}", self.numbers(), self.text)
    }

    pub fn event(&self) -> String {
        let data = self.data().replace('\n', "\ndata: ");
        format!("event: segment\ndata: {data}\n\n")
    }

    /// The same over a socket.
    pub fn frame(&self, id: &str) -> String {
        let slice = serde_json::Value::from(self.text.as_str());
        format!(
            "{{\"id\":\"{id}\",\"type\":\"segment\",\"payload\":{{{},\"s\":{slice}}}}}",
            self.numbers()
        )
    }
}

/// In slices of so many bytes at most, and of one character at least.
pub fn split(result: u32, text: &str, most: usize) -> Vec<Slice> {
    let mut texts = vec![String::new()];
    for character in text.chars() {
        let last = texts.last_mut().expect("there is one");
        if !last.is_empty() && last.len() + character.len_utf8() > most {
            texts.push(character.to_string());
        } else {
            last.push(character);
        }
    }
    let (count, checksum) = (texts.len() as u32, crc32(text.as_bytes()));
    let slice = |(index, slice): (u32, String)| Slice {
        result,
        index,
        count,
        bytes: text.len() as u32,
        checksum,
        id: None,
        text: slice,
    };
    (0..).zip(texts).map(slice).collect()
}

/// Bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 0 {
                crc >> 1
            } else {
                crc >> 1 ^ 0xEDB8_8320
            };
        }
    }
    !crc
}
