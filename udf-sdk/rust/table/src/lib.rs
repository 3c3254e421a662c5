tidemill::table! {
    /// A row for each word.
    pub fn __NAME__(text: &str) -> [word, length] Vec<(String, i32)> {
        text.split_whitespace().map(|word| (word.to_string(), word.chars().count() as i32)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_rows() {
        assert_eq!(__NAME__("a tide"), vec![("a".to_string(), 1), ("tide".to_string(), 4)]);
    }
}
