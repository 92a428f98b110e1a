export const HELP = `softmax-wasm: logits to probabilities

  softmax-wasm score logits.npy -o probabilities.npy
  softmax-wasm score logits.csv --keep id --op top-k -k 3
  softmax-wasm score 'run/*.npy' -o scored/ --temperature 1.5
  cat logits.jsonl | softmax-wasm score - --format jsonl --field logits --keep id
  softmax-wasm calibrate logits.npy --labels labels.npy -o calibration.json
  softmax-wasm info
  softmax-wasm bench

Commands
  score INPUT… [-o OUTPUT]   one result per row of logits; "score --help" has the options
  calibrate LOGITS --labels  the temperature for which probabilities fit how often they are right
  merge OUTPUT               makes one file of the parts that score --shard K/N has written
  submit FILES… -o DIR       puts the parts of files into a queue on Redis
  worker                     computes the parts that are in the queue; start as many as you like, anywhere
  status                     how far the queue is, and what has failed
  info                       the backend that computes here, and why
  bench                      how fast it is on this machine, beside a plain loop

Options
  --help, --version
`;

export const SCORE_HELP = `softmax-wasm score INPUT… [-o OUTPUT]

Reads rows of logits and writes their probabilities, in constant memory.

  softmax-wasm score logits.npy -o probabilities.npy
  softmax-wasm score logits.npy --axis 0 --op log-sum-exp -o sums.npy
  softmax-wasm score logits.csv --columns 'class_*' --keep id,name -o probabilities.csv
  softmax-wasm score logits.jsonl --field logits --op argmax --keep id --labels label
  softmax-wasm score logits.bin --dtype float16 --length 32000 -o probabilities.npy
  softmax-wasm score logits.parquet --keep id -o probabilities.parquet

INPUT is a file or pattern of files; - is standard input. Formats: .npy, .csv, .tsv, .jsonl, raw floats; .arrow and .arrows after
npm install apache-arrow, .parquet after npm install hyparquet hyparquet-compressors hyparquet-writer.

What is computed
  --op OP            softmax, log-softmax, log-sum-exp, entropy, argmax or top-k         (default: softmax)
  -k, --k K          how many of the largest logits top-k gives                          (default: 5)
  -t, --temperature T  divides the logits; @FILE takes it from calibrate -o              (default: 1)
  --axis N           of a .npy array: the dimension that is summed over                  (default: -1, the last)

What is read
  --format FORMAT    npy, csv, tsv, jsonl, raw, parquet, arrow or arrows                 (default: by the name)
  --columns LIST     the logits: names, a..d, 3-7 or class_*   (default: all others; of Parquet and Arrow, all of floats)
  --keep LIST        columns or fields that are written beside the results
  --field NAME       of JSON objects, Parquet and Arrow: the field of lists that are the logits  (default: the only one)
  --labels WHAT      a column, a .npy file of integers, or a text file with one on each line: the summary then has accuracy,
                     log-loss and calibration error; -100 is no label
  --null WHAT        a missing value is an error, or is left out of its row by mask, or counts as -inf
  --no-header        the first line of a CSV file is a row
  --dtype TYPE       of raw floats: float16, bfloat16, float32 or float64; of text and tables, what is computed in
  --length N         of raw floats: elements of a row
  --big-endian       of raw floats

What is written
  -o, --output OUT   a file, or a directory that ends with /                             (default: standard output)
  --to FORMAT        any that --format takes                        (default: by the name of OUT, else as the input)
  --non-finite WHAT  NaN and infinities in JSON are an error, null, or literal           (default: error)
  -f, --force        replaces files

On many machines
  --shard K/N        scores part K of N, from 1 on; auto/N takes K from Slurm, Kubernetes, AWS Batch or GNU parallel.
                     A part that is done already is left as it is. "softmax-wasm merge OUTPUT" joins the parts

How
  --threads N        that compute; another reads and writes                        (default: one less than cores)
  --backend NAME     auto, relaxed, simd or js; simd gives the same bits on every machine (default: auto)
  -q, --quiet        no bar and no summary
  --json             the summary as a line of JSON, on standard error

Results are float64 for float64 and for text, else float32. A file is written beside its target under another name and
renamed when it is whole.

Exit codes: 0 done; 1 bad data, or a disk or a file that failed; 2 wrong arguments; 75 a part waits for others; 130, 143 interrupted; 141 nobody reads.
`;

export const CALIBRATE_HELP = `softmax-wasm calibrate LOGITS --labels LABELS

Finds the temperature for which the mean log-loss of the labels is least (temperature scaling, Guo et al. 2017), and shows
log-loss, accuracy and expected calibration error before and after, with reliability diagrams. All logits are held in memory.

  softmax-wasm calibrate logits.npy --labels labels.npy -o calibration.json
  softmax-wasm calibrate logits.csv --columns 'class_*' --labels label --plot reliability.svg
  softmax-wasm score other.npy --temperature @calibration.json -o probabilities.npy

  --labels WHAT      a column of LOGITS, a .npy file of integers, or a text file with one on each line; classes count from 0
  -o, --output FILE  the result as JSON, for score --temperature @FILE
  --plot FILE        the reliability diagrams as SVG
  --bins N           of equal width, for the calibration error                           (default: 15)
  -f, --force        replaces files
  --json             prints the result as JSON

How LOGITS is read, as by score: --format, --axis, --columns, --field, --no-header, --dtype, --length, --big-endian.
`;

export const MERGE_HELP = `softmax-wasm merge OUTPUT

Joins the parts that "softmax-wasm score --shard K/N -o OUTPUT" has written, if all of them are there, of one input, by the same
options, version and backend, and hold what their records say. Else it says which are missing, and ends with 1.

  softmax-wasm score logits.npy -o p.npy --shard 1/2
  softmax-wasm score logits.npy -o p.npy --shard 2/2
  softmax-wasm merge p.npy

  --keep-parts       leaves the parts and their records where they are
  -f, --force        replaces OUTPUT
  -q, --quiet        no summary
`;

export const BENCH_HELP = `softmax-wasm bench

Measures softmax on this machine: each backend that runs here, a pool, and the loop with Math.exp that one writes without a library.
They take turns, so that a slow moment hits all of them. It takes some seconds.

  --threads N        of the pool                                                         (default: one per core)
  --json             prints the medians as JSON
`;
