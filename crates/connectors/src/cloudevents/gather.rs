//! Which events tell of one thing.
//!
//! For whoever stores events before it converts them: what came before can be looked up by
//! [`thing`] and converted again together with what comes now. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// Returns what names the thing that an event tells of, the same for all of its events; `None` where
/// the text is no CDEvent.
pub fn thing(event: &str) -> Option<String> {
    let value: Value = serde_json::from_str(event).ok()?;
    let cd = match value.get("context") {
        Some(_) => &value,
        None => value.get("data")?,
    };
    let text = |at: &str| cd.pointer(at).and_then(Value::as_str).filter(|text| !text.is_empty());
    let kind = text("/context/type").or_else(|| value.get("type")?.as_str())?;
    let subject = kind.strip_prefix("dev.cdevents.")?.split('.').next()?;
    let source = text("/subject/source")
        .or(text("/context/source"))
        .or_else(|| value.get("source")?.as_str())
        .unwrap_or_default();
    Some(format!("{subject}|{source}|{}", text("/subject/id")?))
}

/// Returns the events as records for the conversion: those of one thing as one list, everything else
/// as it is.
pub fn gather(events: &[String]) -> Vec<String> {
    let mut things: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut records = Vec::new();
    for event in events {
        match thing(event) {
            Some(thing) => things.entry(thing).or_default().push(event),
            None => records.push(event.clone()),
        }
    }
    for mut events in things.into_values() {
        events.sort_unstable();
        events.dedup();
        records.push(match events.as_slice() {
            [one] => (*one).to_owned(),
            several => format!("[{}]", several.join(",")),
        });
    }
    records
}
