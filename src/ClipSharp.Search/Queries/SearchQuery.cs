using System.Globalization;
using System.Text.RegularExpressions;

namespace ClipSharp.Search.Queries;

/// <summary>A part of a query.</summary>
/// <param name="Weight">What its unit vector is multiplied by; negative where it is subtracted.</param>
/// <param name="IsPicture">Whether it names a picture file.</param>
/// <param name="Text">The words, or the path.</param>
public sealed record SearchTerm(double Weight, bool IsPicture, string Text);

/// <summary>What is searched for: words and pictures, added and subtracted, as rclip has it. The score of a picture is the sum of
/// its cosines with the terms, each times its weight; the sum is not brought to unit length.</summary>
/// <remarks>
/// <code>
/// query  = term { ("+" | "-") term }         the signs stand alone, blanks round them
/// term   = [ weight ":" ] ( words | path )   2:snow, 0.5:./dog.jpg
/// path   = what begins with ./, ../, / or a drive, or is the name of a file that is there
/// </code>
/// </remarks>
public sealed partial class SearchQuery
{
    private SearchQuery(IReadOnlyList<SearchTerm> terms) => Terms = terms;

    /// <summary>One or more.</summary>
    public IReadOnlyList<SearchTerm> Terms { get; }

    /// <summary>Reads a query.</summary>
    /// <param name="words">As typed: the shell's words, or all of it as one.</param>
    /// <exception cref="ClipException">A sign has no term behind it, a weight is 0, or nothing was given.</exception>
    public static SearchQuery Parse(params IReadOnlyList<string> words) => Parse(words, mayNameFiles: true);

    /// <summary>Reads a query of somebody else, such as a web server's caller: all terms are words, and no file is looked
    /// for.</summary>
    /// <exception cref="ClipException">As of <see cref="Parse(IReadOnlyList{string})"/>.</exception>
    public static SearchQuery ParseWords(string query) => Parse([query], mayNameFiles: false);

    private static SearchQuery Parse(IReadOnlyList<string> words, bool mayNameFiles)
    {
        ArgumentNullException.ThrowIfNull(words);
        var whole = string.Join(' ', words).Trim();
        var terms = new List<SearchTerm>();
        var (sign, term) = (1, new List<string>());
        foreach (var word in Split(words, mayNameFiles))
        {
            if (word is not ("+" or "-"))
            {
                term.Add(word);
                continue;
            }

            if (term.Count > 0)
            {
                terms.Add(Term(sign, string.Join(' ', term), whole, mayNameFiles));
            }
            else if (terms.Count > 0 || word == "+")
            {
                throw Refusal("A sign stands where a term should be", whole, word);
            }

            (sign, term) = (word == "+" ? 1 : -1, []);
        }

        if (term.Count == 0)
        {
            throw Refusal("The query ends before a term", whole, whole.Length == 0 ? "nothing" : "a sign");
        }

        terms.Add(Term(sign, string.Join(' ', term), whole, mayNameFiles));
        return new SearchQuery(terms);
    }

    /// <summary>Whether words are encoded, which needs the model's tokenizer.</summary>
    public bool HasWords => Terms.Any(term => !term.IsPicture);

    /// <summary>The query as one vector, [1, E].</summary>
    /// <exception cref="ClipException">A picture cannot be read.</exception>
    public Embeddings Encode(Clip clip)
    {
        ArgumentNullException.ThrowIfNull(clip);
        var sum = new float[clip.Encoder.EmbedDim];
        foreach (var term in Terms)
        {
            var unit = term.IsPicture ? clip.EncodeImages([term.Text]) : clip.EncodeTexts([term.Text]);
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += (float)(term.Weight * unit.Values[i]);
            }
        }

        return new Embeddings(sum, sum.Length);
    }

    // A whole query may be one word of the shell: "two dogs + snow"; a path keeps its blanks.
    private static IEnumerable<string> Split(IReadOnlyList<string> words, bool mayNameFiles) => words.SelectMany(word =>
        mayNameFiles && File.Exists(word)
            ? [word]
            : word.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static SearchTerm Term(int sign, string text, string whole, bool mayNameFiles)
    {
        var weight = 1.0;
        if (Weighted().Match(text) is { Success: true } match)
        {
            weight = double.Parse(match.Groups["weight"].Value, CultureInfo.InvariantCulture);
            text = match.Groups["term"].Value;
            if (weight == 0 || !double.IsFinite(weight))
            {
                throw Refusal("A term has no weight", whole, match.Groups["weight"].Value);
            }
        }

        var isPicture = mayNameFiles && (text.StartsWith("./", StringComparison.Ordinal)
            || text.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(text) || File.Exists(text));
        return new SearchTerm(sign * weight, isPicture, text);
    }

    private static ClipException Refusal(string what, string query, string found) => new(ClipError.Usage, what, query, found,
        "terms with + or - between them, weights above 0", "Write it as: dog.jpg + 2:snow - leash");

    [GeneratedRegex(@"^(?<weight>\d+(\.\d+)?):\s*(?<term>\S.*)$")]
    private static partial Regex Weighted();
}
