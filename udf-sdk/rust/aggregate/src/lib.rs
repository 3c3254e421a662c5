/// What is kept of a group; the engine stores it.
#[derive(Clone, Copy, Default)]
pub struct __TYPE__ {
    sum: f64,
    weight: i64,
}

impl __TYPE__ {
    pub fn accumulate(&mut self, value: f64, weight: i64) {
        self.sum += value * weight as f64;
        self.weight += weight;
    }
    pub fn retract(&mut self, value: f64, weight: i64) {
        self.accumulate(value, -weight);
    }
    pub fn merge(&mut self, other: &__TYPE__) {
        self.sum += other.sum;
        self.weight += other.weight;
    }
    pub fn finish(&self) -> Option<f64> {
        (self.weight != 0).then(|| self.sum / self.weight as f64)
    }
}

tidemill::aggregate!(__NAME__: __TYPE__, (value: f64, weight: i64) -> Option<f64>, retract, merge);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_count() {
        let mut state = __TYPE__::default();
        state.accumulate(1.0, 3);
        state.accumulate(5.0, 1);
        assert_eq!(state.finish(), Some(2.0));
        assert_eq!(__TYPE__::default().finish(), None);
    }
}
