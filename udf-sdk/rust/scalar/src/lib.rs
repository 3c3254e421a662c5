tidemill::scalar! {
    /// What a price is worth, by the channel it came through.
    pub fn __NAME__(price: f64, channel: Option<&str>) -> Result<f64, String> {
        if price < 0.0 {
            return Err(format!("negative price {price}"));
        }
        Ok(if channel == Some("direct") { price } else { price * 2.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_prices_count_once() {
        assert_eq!(__NAME__(10.0, Some("direct")), Ok(10.0));
        assert_eq!(__NAME__(10.0, None), Ok(20.0));
        assert!(__NAME__(-1.0, None).is_err());
    }
}
