//! `cargo bench`: what the core costs, without a browser. `npm run bench` measures the package.

#[cfg(not(target_arch = "wasm32"))]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(not(target_arch = "wasm32"))]
#[path = "core/native.rs"]
mod native;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}
