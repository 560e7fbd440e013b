//! Plain objects of the browser's, as Rust fills them in.

use alloc::string::String;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A plain object: the options, a request, or headers.
    #[wasm_bindgen(js_name = Object)]
    pub type Given;
    #[wasm_bindgen(constructor, js_class = Object)]
    pub fn new() -> Given;
    #[wasm_bindgen(method, structural, setter, js_name = url)]
    pub fn set_url(this: &Given, url: &str);
    #[wasm_bindgen(method, structural, setter, js_name = httpUrl)]
    pub fn set_http_url(this: &Given, url: &str);
    #[wasm_bindgen(method, structural, setter, js_name = headers)]
    pub fn set_headers(this: &Given, headers: &JsValue);
    #[wasm_bindgen(method, structural, setter, js_name = credentials)]
    pub fn set_credentials(this: &Given, credentials: &str);
    #[wasm_bindgen(method, structural, setter, js_name = maxStreams)]
    pub fn set_max_streams(this: &Given, count: f64);
    #[wasm_bindgen(method, structural, setter, js_name = singleConnection)]
    pub fn set_single_connection(this: &Given, mode: &str);
    #[wasm_bindgen(method, structural, setter, js_name = renewAfterMs)]
    pub fn set_renew_after_ms(this: &Given, ms: f64);
    #[wasm_bindgen(method, structural, setter, js_name = payload)]
    pub fn set_payload(this: &Given, payload: &JsValue);
    #[wasm_bindgen(method, structural, setter, js_name = maxSegmentBytes)]
    pub fn set_max_segment_bytes(this: &Given, bytes: u32);
    #[wasm_bindgen(method, structural, setter, js_name = websocket)]
    pub fn set_websocket(this: &Given, websocket: &JsValue);
    #[wasm_bindgen(method, structural, setter, js_name = connectionParams)]
    pub fn set_connection_params(this: &Given, params: &JsValue);
    #[wasm_bindgen(method, structural, setter, js_name = query)]
    pub fn set_query(this: &Given, query: &str);
    #[wasm_bindgen(method, structural, setter, js_name = operationName)]
    pub fn set_operation_name(this: &Given, name: Option<&str>);
    #[wasm_bindgen(method, structural, setter, js_name = variables)]
    pub fn set_variables(this: &Given, variables: &JsValue);
    #[wasm_bindgen(method, structural, setter, js_name = extensions)]
    pub fn set_extensions(this: &Given, extensions: &JsValue);
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub fn set(this: &Given, key: &str, value: &str);

    /// What the shell tells a function for headers.
    pub type HeadersContext;
    #[wasm_bindgen(method, structural, getter)]
    pub fn attempt(this: &HeadersContext) -> u32;
}

/// Headers.
pub fn object(headers: &[(String, String)]) -> JsValue {
    let object = Given::new();
    for (name, value) in headers {
        object.set(name, value);
    }
    object.into()
}
