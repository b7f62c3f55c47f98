//! The 3CX double beside a run.

use patchbay_model::Object;

use crate::exit::Exit;

pub struct Running {}
impl Running {
    pub fn credential(&self) -> Object {
        Object::new()
    }
    pub fn show_requests(&self) {}
}
pub async fn start() -> Result<Running, Exit> {
    Err(Exit::Usage)
}
pub fn is_three_cx(kind: &str) -> bool {
    kind.to_lowercase().contains("3cx") || kind.to_lowercase().contains("threecx")
}
