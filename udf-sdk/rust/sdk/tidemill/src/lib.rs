//! Functions for Tidemill: what a SQL engine calls, written as ordinary Rust.
//!
//! ```ignore
//! tidemill::scalar! {
//!     fn risk(price: f64, channel: Option<&str>) -> Result<f64, String> {
//!         if price < 0.0 { return Err(format!("negative price {price}")); }
//!         Ok(if channel == Some("direct") { price } else { price * 2.0 })
//!     }
//! }
//! ```
//!
//! An argument that is not an `Option` is never NULL: where one is, the result is NULL and the function is not asked. `Option` results can be NULL,
//! `Err` is an error of the row. The functions stay ordinary ones, so that `cargo test` calls them.
//!
//! [`batch!`] makes functions of whole columns, [`table!`] of rows, [`aggregate!`] of groups, [`process!`] of the rows of a partition, with state and timers.
//!
//! | SQL | Rust |
//! |---|---|
//! | BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE | `bool`, `i8`, `i16`, `i32`, `i64`, `f32`, `f64` |
//! | STRING, BYTES | `&str`, `&[u8]`; as results `String`, `&'static str`, `Vec<u8>` |
//! | CHAR(n), VARCHAR(n), BINARY(n), VARBINARY(n), as arguments | [`Char<N>`], [`Varchar<N>`], [`Binary<N>`], [`Varbinary<N>`] |
//! | DATE, TIME, TIMESTAMP(p), TIMESTAMP_LTZ(p) | [`Date`], [`Time`], [`Timestamp<P>`], [`TimestampLtz<P>`] |
//! | DECIMAL(p, s) | [`Decimal<P, S>`] up to 18 digits, [`LongDecimal<P, S>`] above |
#![no_std]
#![allow(clippy::missing_safety_doc)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod aggregate;
mod batch;
mod process;
mod scalar;
mod signature;
mod table;
mod types;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use signature::{Signature, Sql};
pub use table::{Column, Row};
pub use types::{Argument, Binary, Char, Date, Decimal, LongDecimal, Outcome, Place, Return, Time, Timestamp, TimestampLtz, Varbinary, Varchar};

pub use batch::{Element, Values};
pub use process::{Context, Field};

#[doc(hidden)]
pub use batch::{fill, Array, BatchArgument};
#[doc(hidden)]
pub use process::{read_field, write_field, write_state};
#[doc(hidden)]
pub use table::{block, Gathered};
