# Sentences of each class for --prompts: its name and each of its keywords, without words that no training caption has.
# awk -f recipes/emoji-prompts.awk ../shared/data/emoji/classes.tsv ../shared/data/emoji/classes.tsv > prompts.json

BEGIN { FS = "\t" }

FNR == 1 { files++; next }

files == 1 {
    if ($5 == "seen") {
        n = split(tolower($3 " " $6), words, /[|, ]+/)
        for (i = 1; i <= n; i++) known[words[i]]
    }
    next
}

{
    printf "%s\n  \"%s\": [", (count++ ? "," : "{"), escaped($3)
    split("", given)
    said = 0
    n = split($3 ($6 == "" ? "" : "|" $6), sentences, "|")
    for (i = 1; i <= n; i++) {
        sentence = known_part(sentences[i])
        if (sentence != "" && !(sentence in given)) {
            printf "%s\"%s\"", (said++ ? ", " : ""), escaped(sentence)
            given[sentence]
        }
    }
    if (!said) printf "\"%s\"", escaped($3)
    printf "]"
}

END { print "\n}" }

function known_part(sentence,    n, i, words, part, word) {
    n = split(sentence, words, / +/)
    for (i = 1; i <= n; i++) {
        word = tolower(words[i])
        gsub(/,/, "", word)
        if (word in known) part = part (part == "" ? "" : " ") words[i]
    }
    return part
}

function escaped(text) {
    gsub(/["\\]/, "\\\\&", text)
    return text
}
