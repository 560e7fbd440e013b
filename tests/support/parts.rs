//! Results that come in parts, put together in JSON: what src/web/incremental.js does in a browser.

use graphql_lifeline::payload::fact;
use serde_json::{Value, json};

/// Puts a part to what is under way.
pub fn patch(state: &mut Value, part: &Value, limit: usize, grows: bool) -> u32 {
    let mut facts = 0;
    if let Some(state) = state.as_object_mut() {
        state.remove("result");
    }
    if part["hasNext"] == true {
        facts += fact::MORE;
    }
    let is_unled = state.get("root").is_none() && !part["errors"].is_null();
    if part["path"].is_null() && (part.get("data").is_some() || is_unled) {
        facts += fact::FIRST;
        let mut root = json!({});
        if let Some(data) = part.get("data") {
            root["data"] = data.clone();
        }
        *state = json!({ "root": root, "pending": {}, "size": 0 });
    }
    let size = state["size"].as_u64().unwrap_or(0) + part.to_string().len() as u64;
    if size > limit as u64 {
        return facts + fact::LARGE;
    }
    if apply_all(state, part, facts & fact::FIRST != 0).is_none() {
        return facts + fact::BAD;
    }
    state["size"] = size.into();
    let mut result = state["root"].clone();
    if facts & fact::MORE == 0 {
        state["result"] = result;
    } else if grows {
        result["hasNext"] = true.into();
        state["result"] = result;
    }
    facts
}

fn list<'a>(part: &'a Value, key: &str) -> &'a [Value] {
    part[key].as_array().map_or(&[], Vec::as_slice)
}

fn apply_all(state: &mut Value, part: &Value, is_first: bool) -> Option<()> {
    state.get("root")?;
    for it in list(part, "pending") {
        state["pending"][it["id"].as_str()?] = it["path"].clone();
    }
    let pending = state["pending"].clone();
    let root = state.get_mut("root")?;
    apply(root, &pending, part, is_first)?;
    for piece in list(part, "incremental")
        .iter()
        .chain(list(part, "completed"))
    {
        apply(root, &pending, piece, false)?;
    }
    for it in list(part, "completed") {
        state["pending"]
            .as_object_mut()?
            .remove(it["id"].as_str()?)?;
    }
    Some(())
}

fn apply(root: &mut Value, pending: &Value, piece: &Value, is_first: bool) -> Option<()> {
    let errors = list(piece, "errors");
    if !errors.is_empty() {
        let known = root.as_object_mut()?.entry("errors").or_insert(json!([]));
        known.as_array_mut()?.extend_from_slice(errors);
    }
    if !piece["extensions"].is_null() {
        merge(
            root.as_object_mut()?
                .entry("extensions")
                .or_insert(Value::Null),
            &piece["extensions"],
        );
    }
    let items = piece["items"].as_array();
    if is_first || (piece.get("data").is_none() && items.is_none()) {
        return Some(());
    }
    let mut path = match piece["id"].as_str() {
        Some(id) => pending.get(id)?.as_array()?.clone(),
        None => list(piece, "path").to_vec(),
    };
    path.extend_from_slice(list(piece, "subPath"));
    let mut place = root.get_mut("data")?;
    let next =
        path.pop_if(|_| piece["id"].is_null() && (items.is_some() || path_ends_in_list(piece)));
    for step in &path {
        place = match step {
            Value::String(key) => place.get_mut(key)?,
            step => place.get_mut(usize::try_from(step.as_u64()?).ok()?)?,
        };
    }
    let next = next.map(|it| it.as_u64().map_or(usize::MAX, |it| it as usize));
    let end = place.as_array().map(Vec::len);
    match (items, next) {
        (Some(items), None) => place.as_array_mut()?.extend_from_slice(items),
        (Some(items), next) if next == end => place.as_array_mut()?.extend_from_slice(items),
        (Some(_), Some(_)) => return None,
        (None, next @ Some(_)) if next == end => place.as_array_mut()?.push(piece["data"].clone()),
        (None, _) if piece["data"].is_null() => {}
        (None, Some(next)) => merge(place.get_mut(next)?, &piece["data"]),
        (None, None) => {
            place.as_object()?;
            merge(place, &piece["data"]);
        }
    }
    Some(())
}

fn path_ends_in_list(piece: &Value) -> bool {
    list(piece, "path").last().is_some_and(Value::is_number)
}

fn merge(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                merge(old.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (at, value) in new.iter().enumerate() {
                match old.get_mut(at) {
                    Some(old) => merge(old, value),
                    None => old.push(value.clone()),
                }
            }
        }
        (old, new) => *old = new.clone(),
    }
}
