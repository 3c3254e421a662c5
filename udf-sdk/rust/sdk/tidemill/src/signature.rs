//! Signatures are written by the compiler into a section of the file, so that it says itself what is in it.

/// A SQL type.
#[derive(Clone, Copy)]
pub struct Sql {
    name: &'static str,
    /// NONE; of text and bytes the length.
    precision: u32,
    scale: u8,
    nullable: bool,
}

const NONE: u32 = u32::MAX;
/// In place of a scale: a type with a length.
const OF_LENGTH: u8 = 254;

impl Sql {
    pub const fn named(name: &'static str) -> Sql {
        Sql { name, precision: NONE, scale: 255, nullable: false }
    }
    pub const fn sized(name: &'static str, precision: u8, scale: u8) -> Sql {
        assert!(precision <= 9, "a TIMESTAMP has at most 9 digits of seconds");
        Sql { name, precision: precision as u32, scale, nullable: false }
    }
    pub const fn of_length(name: &'static str, length: u32) -> Sql {
        assert!(length >= 1 && length <= 2_147_483_647, "a length is 1 to 2147483647");
        Sql { name, precision: length, scale: OF_LENGTH, nullable: false }
    }
    pub const fn decimal(precision: u8, scale: u8, from: u8, to: u8) -> Sql {
        assert!(precision >= from && precision <= to, "Decimal has 1 to 18 digits, LongDecimal 19 to 38");
        assert!(scale <= precision, "a decimal cannot have more digits behind the point than digits");
        Sql { name: "DECIMAL", precision: precision as u32, scale, nullable: false }
    }
    pub const fn nullable(self) -> Sql {
        Sql { nullable: true, ..self }
    }
    /// Bytes of a value in a column; 0 for BOOLEAN, which has a bit, and for text.
    pub(crate) const fn width(&self) -> usize {
        match self.name.as_bytes() {
            b"BOOLEAN" => 0,
            _ if self.is_text() => 0,
            b"TINYINT" => 1,
            b"SMALLINT" => 2,
            b"INT" | b"FLOAT" | b"DATE" | b"TIME" => 4,
            _ if self.is_long_decimal() => 16,
            _ => 8,
        }
    }
    pub(crate) const fn is_text(&self) -> bool {
        self.scale == OF_LENGTH || matches!(self.name.as_bytes(), b"STRING" | b"BYTES")
    }
    pub(crate) const fn is_long_decimal(&self) -> bool {
        self.scale < OF_LENGTH && self.precision > 18
    }
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }
}

/// What the engine is told of a function: one line of JSON.
pub struct Signature {
    pub name: &'static str,
    pub kind: &'static str,
    pub names: &'static [&'static str],
    pub arguments: &'static [Sql],
    /// Of scalar functions and aggregates.
    pub result: Option<Sql>,
    /// Of aggregates: bytes of the state.
    pub state_bytes: usize,
    /// Of table functions: the columns.
    pub column_names: &'static [&'static str],
    pub columns: &'static [Sql],
    /// Of process table functions: the columns of the table, and the fields of the state.
    pub table_names: &'static [&'static str],
    pub table: &'static [Sql],
    pub state_names: &'static [&'static str],
    pub state: &'static [Sql],
    pub deterministic: bool,
}

impl Signature {
    /// What the parts are that a kind does not have.
    #[doc(hidden)]
    pub const NONE: Signature = Signature {
        name: "",
        kind: "",
        names: &[],
        arguments: &[],
        result: None,
        state_bytes: 0,
        column_names: &[],
        columns: &[],
        table_names: &[],
        table: &[],
        state_names: &[],
        state: &[],
        deterministic: true,
    };

    const fn write<const N: usize>(&self, out: &mut Text<N>) {
        out.text("{\"version\":1,\"name\":\"");
        out.text(self.name);
        out.text("\",\"kind\":\"");
        out.text(self.kind);
        out.text("\",\"arguments\":[");
        let mut calls = false;
        let mut i = 0;
        while i < self.arguments.len() {
            if i > 0 {
                out.text(",");
            }
            out.text("\"");
            out.sql(&self.arguments[i]);
            out.text("\"");
            calls |= self.arguments[i].nullable;
            i += 1;
        }
        out.text("],\"argumentNames\":[");
        i = 0;
        while i < self.names.len() {
            out.text(if i > 0 { ",\"" } else { "\"" });
            out.text(self.names[i]);
            out.text("\"");
            i += 1;
        }
        out.text("]");
        if let Some(result) = &self.result {
            out.text(",\"result\":\"");
            out.sql(result);
            out.text("\"");
        }
        if self.state_bytes > 0 {
            out.text(",\"stateBytes\":");
            out.number(self.state_bytes);
        }
        if !self.table.is_empty() {
            out.text(",\"table\":{\"columns\":");
            out.columns(self.table_names, self.table);
            out.text("},\"states\":[{\"name\":\"state\",\"columns\":");
            out.columns(self.state_names, self.state);
            out.text("}]");
        }
        if !self.columns.is_empty() {
            out.text(",\"columns\":");
            out.columns(self.column_names, self.columns);
        }
        out.text(if calls { ",\"nulls\":\"call\"" } else { "" });
        out.text(if self.deterministic { "" } else { ",\"deterministic\":false" });
        out.text("}\n");
    }

    #[doc(hidden)]
    pub const fn length(&self) -> usize {
        let mut out = Text::<0> { bytes: [], length: 0 };
        self.write(&mut out);
        out.length
    }

    #[doc(hidden)]
    pub const fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = Text { bytes: [0; N], length: 0 };
        self.write(&mut out);
        out.bytes
    }
}

/// Text made by the compiler; with N = 0 it only counts.
struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Text<N> {
    const fn byte(&mut self, byte: u8) {
        if N > 0 {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }
    const fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }
    const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
    }
    const fn columns(&mut self, names: &[&str], types: &[Sql]) {
        self.text("[");
        let mut i = 0;
        while i < types.len() {
            self.text(if i > 0 { ",{\"name\":\"" } else { "{\"name\":\"" });
            self.text(names[i]);
            self.text("\",\"type\":\"");
            self.sql(&types[i]);
            self.text("\"}");
            i += 1;
        }
        self.text("]");
    }
    const fn sql(&mut self, sql: &Sql) {
        self.text(sql.name);
        if sql.precision != NONE {
            self.text("(");
            self.number(sql.precision as usize);
            if sql.scale < OF_LENGTH {
                self.text(", ");
                self.number(sql.scale as usize);
            }
            self.text(")");
        }
        if !sql.nullable {
            self.text(" NOT NULL");
        }
    }
}
