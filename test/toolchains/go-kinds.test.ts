import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workplaceForTests } from './workplace.ts';

const source = `package main

import (
	"errors"
	"strings"

	"kinds/tidemill"
)

//tidemill:batch flip
func Flip(x []bool) []bool {
	for row := range x {
		x[row] = !x[row]
	}
	return x
}

//tidemill:batch shout
func Shout(x tidemill.Column[string]) (tidemill.Column[string], error) {
	for row := range x.Values {
		if text, known := x.Get(row); !known {
			x.Set(row, "none")
		} else if text == "" {
			x.SetNull(row)
		} else if text == "stop" {
			return x, errors.New("stopped")
		} else {
			x.Values[row] = strings.ToUpper(text)
		}
	}
	return x, nil
}

//tidemill:batch twice
//tidemill:type x DECIMAL(38, 2)
//tidemill:type result DECIMAL(38, 2)
func Twice(x tidemill.Column[tidemill.Wide]) tidemill.Column[tidemill.Wide] {
	for row, value := range x.Values {
		x.Values[row] = tidemill.Wide{Low: value.Low << 1, High: value.High<<1 | int64(value.Low>>63)}
	}
	return x
}

//tidemill:batch reversed
func Reversed(x [][]byte) [][]byte {
	made := make([][]byte, len(x))
	for row, bytes := range x {
		for at := range bytes {
			made[row] = append(made[row], bytes[len(bytes)-1-at])
		}
	}
	return made
}

//tidemill:batch short
func Short(x []int32) []int32 { return x[1:] }

//tidemill:process best
//tidemill:argument least
//tidemill:type day DATE
type Best struct {
	name   string
	price  *float64
	bytes  []byte
	isOpen bool
	small  int8
	day    int32
}

type Found struct {
	Name  *string
	Price float64
	Bytes []byte
	Small int8
}

func (best *Best) Row(context *tidemill.Context, bidder *string, least float64, price *float64) ([]Found, error) {
	if bidder != nil && *bidder == "thief" {
		return nil, errors.New("no thieves")
	}
	if price == nil || *price < least {
		return nil, nil
	}
	before := Found{Price: -1, Bytes: best.bytes, Small: best.small}
	if best.isOpen {
		name := best.name
		before.Name = &name
		before.Price = *best.price
	}
	if bidder != nil {
		best.name = *bidder + " of many letters"
	}
	best.price, best.isOpen = price, true
	best.bytes = append([]byte{byte(len(best.bytes))}, best.bytes...)
	best.small--
	return []Found{before}, nil
}

func main() {}
`;

const place = workplaceForTests('go-kinds');

test('columns and states of every sort, errors, and results of the wrong length, in Go', async context => {
  place.needs('go', context);
  await place.cli(['udf', 'new', 'kinds', '--lang', 'go']);
  rmSync(join(place.folder, 'kinds', 'kinds_test.go'));
  writeFileSync(join(place.folder, 'kinds', 'kinds.go'), source);
  expect(await place.cli(['udf', 'build', 'kinds', '--no-bench'])).toMatchObject({ code: 0, stderr: '' });
  const create = ['flip', 'shout', 'twice', 'reversed', 'short', 'best'].map(
    name => `CREATE FUNCTION ${name} USING 'kinds/kinds.wasm';`,
  );
  const run = async (sql: string) => {
    const { stdout, stderr } = await place.cli(['run', '--output', 'json', '-c', `${create.join('\n')}\n${sql}`]);
    return stderr === '' ? stdout.trim().split('\n') : stderr;
  };
  const table = `(VALUES (1, TRUE, 'a tide', CAST(-0.01 AS DECIMAL(38, 2)), X'0102'), (2, FALSE, CAST(NULL AS STRING), CAST(92233720368547758.08 AS DECIMAL(38, 2)), X''),
    (3, CAST(NULL AS BOOLEAN), '', CAST(NULL AS DECIMAL(38, 2)), CAST(NULL AS BYTES))) AS t(id, b, s, d, y)`;
  expect(
    await run(
      `SELECT id, flip(b) AS b, shout(s) AS s, CAST(twice(d) AS STRING) AS d, CAST(reversed(y) = X'0201' AS STRING) AS y FROM ${table}`,
    ),
  ).toEqual([
    '{"id":1,"b":false,"s":"A TIDE","d":"-0.02","y":"TRUE"}',
    '{"id":2,"b":true,"s":"none","d":"184467440737095516.16","y":"FALSE"}',
    '{"id":3,"b":null,"s":null,"d":null,"y":null}',
  ]);
  expect(await run(`SELECT shout(x) FROM (VALUES ('go'), ('stop')) AS t(x)`)).toContain('stopped');
  expect(await run(`SELECT short(x) FROM (VALUES (1), (2)) AS t(x)`)).toContain('the result has 1 rows, not 2');
  const bids = `CREATE TEMPORARY VIEW bids AS SELECT * FROM (VALUES ('a', 'ann', 5.0E0), ('a', CAST(NULL AS STRING), 7.0E0), ('b', 'bob', 1.0E0), ('a', 'cleo', CAST(NULL AS DOUBLE)), ('a', 'dora', 9.0E0)) AS t(item, bidder, price);`;
  expect(
    await run(
      `${bids}\nSELECT item, name, price, CHAR_LENGTH(CAST(\`bytes\` AS STRING)) AS n, small FROM best(input => TABLE bids PARTITION BY item, least => 2.0E0)`,
    ),
  ).toEqual([
    '{"item":"a","name":null,"price":-1,"n":0,"small":0}',
    '{"item":"a","name":"ann of many letters","price":5,"n":1,"small":-1}',
    '{"item":"a","name":"ann of many letters","price":7,"n":2,"small":-2}',
  ]);
  expect(
    await run(`${bids.replace('cleo', 'thief')}\nSELECT * FROM best(input => TABLE bids PARTITION BY item, least => 2.0E0)`),
  ).toContain('no thieves');
});
