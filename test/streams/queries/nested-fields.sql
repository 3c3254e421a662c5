SELECT bid.auction AS a, person.name AS n, auction.category AS c FROM events WHERE event_type < 2
