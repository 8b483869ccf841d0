using System.Globalization;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Registry;

namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>To which group of people, region or kind each sample belongs.</summary>
/// <param name="Name">What a group is, such as "region".</param>
/// <param name="OfSample">[N]: the group of each sample of an index, or −1.</param>
/// <param name="Names">The groups that occur.</param>
/// <param name="Except">Names of groups that are not compared; null = none.</param>
public sealed record SampleGroups(string Name, IReadOnlyList<int> OfSample, IReadOnlyList<string> Names,
    IReadOnlyList<string>? Except = null)
{
    /// <summary>Samples of no group.</summary>
    public int Missing => OfSample.Count(group => group < 0);

    /// <summary>Reads the groups that a set's rule names: a number of the <c>.npy</c> beside each picture.</summary>
    /// <param name="index">The samples, N.</param>
    /// <param name="rule">Which number, and what it means.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="ClipException">No picture has a vector, it is too short, or the number is not whole.</exception>
    public static SampleGroups OfVectors(SampleIndex index, SetGroups rule, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(rule);
        var vectors = MemberVectors.Read(index, cancel);
        if (rule.Column >= vectors.Length)
        {
            throw Unfit(index.Files[0].Path, $"{vectors.Length} numbers beside a picture", $"more than {rule.Column}");
        }

        return Made(rule, index, sample =>
        {
            var vector = vectors[sample];
            return vector.IsEmpty ? null
                : vector[rule.Column] is >= int.MinValue and <= int.MaxValue and var number && number == Math.Floor(number)
                    ? Named((int)number)
                : throw Unfit(index.Key(sample), string.Create(CultureInfo.InvariantCulture, $"{vector[rule.Column]}"),
                    "a whole number");
        });

        string Named(int number) => rule.Names is { } names && number >= 0 && number < names.Count ? names[number]
            : number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the groups that a column of a table names.</summary>
    /// <param name="index">The samples of the table, N.</param>
    /// <param name="data">As <see cref="ClassData.Open"/> takes it.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="column">The column or member.</param>
    /// <exception cref="ClipException">There is no table, or it has no such column.</exception>
    public static SampleGroups OfTable(SampleIndex index, string data, DataOptions options, string column)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (ClassData.TableOf(data, options) is not { } table)
        {
            throw Unfit(data, $"no table that could have a column {column}",
                "metadata.csv, metadata.jsonl or a table of pictures; or shards with a .npy, whose number is named");
        }

        if (LabelTable.ClassColumn(table, options, column) is not { } found)
        {
            throw Unfit(table, $"no column {column}", "the name of one of its columns");
        }

        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in LabelTable.Read(table, found, options, []).Where(row => row.Fault is null))
        {
            groups.TryAdd(row.Picture, row.Label);
        }

        return Made(new SetGroups(column, 0), index, sample => groups.GetValueOrDefault(index.Key(sample)));
    }

    private static SampleGroups Made(SetGroups rule, SampleIndex index, Func<int, string?> groupOf)
    {
        string?[] groups = [.. Enumerable.Range(0, index.Count).Select(groupOf)];
        List<string> names = [.. groups.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new SampleGroups(rule.Name, [.. groups.Select(group => group is null ? -1 : names.IndexOf(group))], names,
            rule.Except);
    }

    private static ClipException Unfit(string where, string found, string expected) =>
        new(ClipError.Data, "The groups cannot be told", where, found, expected,
            "Name a column of the table, or the number of a column of the .npy beside each picture, with --group-by.");
}
