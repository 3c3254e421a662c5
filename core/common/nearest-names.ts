/** Edit distance with transpositions (Damerau–Levenshtein, optimal string alignment). */
export function editDistance(left: string, right: string): number {
  const width = right.length + 1;
  const distance = new Uint16Array((left.length + 1) * width);
  for (let i = 0; i <= left.length; i++) distance[i * width] = i;
  for (let j = 0; j <= right.length; j++) distance[j] = j;
  for (let i = 1; i <= left.length; i++) {
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      let best = Math.min(
        distance[(i - 1) * width + j]! + 1,
        distance[i * width + j - 1]! + 1,
        distance[(i - 1) * width + j - 1]! + same,
      );
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        best = Math.min(best, distance[(i - 2) * width + j - 2]! + 1);
      distance[i * width + j] = best;
    }
  }
  return distance[left.length * width + right.length]!;
}

/** The candidates a person most likely meant, nearest first; none when nothing is near. */
export function nearestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(name.length / 3));
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const score = editDistance(wanted, candidate.toLowerCase());
    if (score <= limit) scored.push({ candidate, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, most).map(entry => entry.candidate);
}

/** `did you mean 'price'?`, or undefined when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const near = nearestNames(name, candidates);
  if (near.length === 0) return undefined;
  return `did you mean ${near.map(candidate => `'${candidate}'`).join(' or ')}?`;
}
