use tidemill::Values;

tidemill::batch! {
    /// What pieces cost: NULL pieces are one, no pieces cost NULL.
    pub fn __NAME__(price: Values<f64>, pieces: Values<Option<i64>>) -> Vec<Option<f64>> {
        let costs = price.iter().zip(pieces.iter()).map(|(price, pieces)| match pieces.unwrap_or(1) {
            0 => None,
            count => Some(price * count as f64),
        });
        costs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let made = __NAME__(Values::of(&[10.0, 2.5, 7.0]), Values::of_nullable(&[3, 0, 0], &[5]));
        assert_eq!(made, vec![Some(30.0), Some(2.5), None]);
    }
}
