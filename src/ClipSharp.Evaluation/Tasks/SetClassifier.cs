using System.Security.Cryptography;
using ClipSharp.Evaluation.Sets.Prompts;
using ClipSharp.Files;
using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>What names a set's pictures: a classifier of its prompts, or one that was stored.</summary>
/// <param name="Classifier">Names and weights.</param>
/// <param name="LabelNames">The names by which labels of a table become numbers.</param>
/// <param name="Prompts">The prompts it was built of; null = it was stored.</param>
internal sealed record SetClassifier(ZeroShotClassifier Classifier, IReadOnlyList<string> LabelNames, SetPrompts? Prompts)
{
    private string? _sha256, _note;

    /// <summary>Of the set's prompts.</summary>
    public static SetClassifier Built(TaskData data)
    {
        var prompts = data.Prompts();
        return new SetClassifier(data.Classifier(prompts.Prompts), prompts.Names, prompts);
    }

    /// <summary>Reads a stored one.</summary>
    /// <param name="path">What <c>zeroshot --save-classifier</c> wrote.</param>
    /// <param name="clip">The model.</param>
    /// <param name="own">The set's own names; null = it has none.</param>
    /// <param name="set">The set's name, for messages.</param>
    /// <exception cref="ClipException">It is absent, damaged, of another model, or its names are not in the set's
    /// order.</exception>
    public static SetClassifier Stored(string path, Clip clip, IReadOnlyList<string>? own, string set)
    {
        var classifier = ClassifierFile.Read(path, clip);
        return new SetClassifier(classifier, own ?? classifier.Names, null)
        {
            _sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))),
            _note = own is null ? "the set has no names: the classifier's are taken to be in the order of its labels"
                : Renamed(path, classifier.Names, own, set),
        };
    }

    /// <summary>A result with what a report says of names and templates.</summary>
    public TaskResult Told(TaskData data, IReadOnlyList<MeasuredOutcomes> parts)
    {
        if (Prompts is not null)
        {
            return ZeroShotClassification.Told(Prompts, data, parts) with { Ensemble = data.Options.Ensemble };
        }

        string?[] notes = [ClassNames.Peculiarities(Classifier.Names), _note];
        return new TaskResult(parts)
        {
            Classnames = Classifier.Names,
            ClassnamesSha256 = TextLines.Hash(Classifier.Names),
            ClassifierSha256 = _sha256,
            Notes = notes.Any(note => note is not null) ? [.. notes.OfType<string>()] : null,
        };
    }

    // Another name for a class is a choice; a name of the set's at another place is a mistake that nobody would see.
    private static string? Renamed(string path, IReadOnlyList<string> names, IReadOnlyList<string> own, string set)
    {
        if (names.Count != own.Count)
        {
            throw Unfit(path, FormattableString.Invariant($"{names.Count} classes"),
                FormattableString.Invariant($"{own.Count}, as {set} has"));
        }

        int[] others = [.. Enumerable.Range(0, own.Count).Where(c => names[c] != own[c])];
        return others.Where(c => own.Contains(names[c])).Cast<int?>().FirstOrDefault() is { } moved
            ? throw Unfit(path, FormattableString.Invariant($"\"{names[moved]}\" as name {moved + 1}"),
                $"\"{own[moved]}\" there, as {set} has")
            : others.Length == 0 ? null : FormattableString.Invariant(
                $"{others.Length:N0} of {own.Count:N0} names are not the set's, such as \"{names[others[0]]}\" for \"{own[others[0]]}\"");
    }

    private static ClipException Unfit(string path, string found, string expected) => new(ClipError.Data,
        "The classifier is not of the set's classes", path, found, expected,
        "Make it with the set's names in their order: clipsharp zeroshot --classnames classnames.txt --save-classifier FILE.");
}
