tidemill::process! {
    /// Rows of a partition that follow one another within `gap` milliseconds are one visit: a row with their total and number when it is over.
    __NAME__ -> [total, items] Vec<(f64, i64)>;
    state __TYPE__ { total: f64, items: i64, last: i64 }
    row(context, state, price: f64; gap: i64) {
        let mut over = vec![];
        if state.items > 0 && context.time > state.last + gap {
            over.push((state.total, state.items));
            *state = __TYPE__::default();
        }
        state.total += price;
        state.items += 1;
        state.last = context.time;
        if context.has_time() {
            context.set_timer("over", context.time + gap);
        }
        over
    }
    timer(context, state) {
        context.clear_state();
        vec![(state.total, state.items)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill::Context;

    #[test]
    fn visits_end() {
        let mut state = __TYPE__::default();
        let mut context = Context::at(1000);
        assert_eq!(__NAME__(&mut context, &mut state, 10.0, 500), vec![]);
        assert_eq!(__NAME__(&mut context, &mut state, 5.0, 500), vec![]);
        assert_eq!(context.asked(), vec![1500, 1500]);
        assert_eq!(__NAME__(&mut Context::at(1501), &mut state, 7.0, 500), vec![(15.0, 2)]);
        assert_eq!(__TYPE__::timer(&mut context, &mut state), vec![(7.0, 1)]);
        assert!(context.is_cleared());
    }
}
