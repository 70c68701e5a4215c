//! The operator's door into a running gateway: JSON over HTTP/1 on a Unix
//! socket in the data directory.
//!
//! Who may open the socket is an operator; there is no other authentication, so
//! the socket is 0600 and the server looks at the peer's user id too. Not here:
//! what clients of the gateway may do (`auth`, `authorize`).

pub mod client;
pub mod protocol;
pub mod server;
pub mod socket;
