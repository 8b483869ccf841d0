using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Sets.Labels;

namespace ClipSharp.Evaluation;

/// <summary>The rows of a task, or of one side of it, and what they share.</summary>
public sealed class Outcomes
{
    /// <param name="rows">N rows.</param>
    /// <param name="units">[N]: rows of one unit, such as the captions of one picture, say nothing independent and are drawn
    /// together; null = each row is a unit of its own. Units are numbered from 0 on.</param>
    /// <exception cref="ClipException">There is no row.</exception>
    public Outcomes(IReadOnlyList<Outcome> rows, IReadOnlyList<int>? units = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
        {
            throw new ClipException(ClipError.Data, "There is nothing to measure", "evaluation", "no row", "one or more",
                "Look at the data with: clipsharp data inspect");
        }

        if (units is not null && units.Count != rows.Count)
        {
            throw new ArgumentException($"{units.Count} units are not those of {rows.Count} rows.", nameof(units));
        }

        Rows = [.. rows];
        Units = units is null ? null : [.. units];
        UnitCount = Units is null ? Rows.Length : Units.Max() + 1;
    }

    /// <summary>Which side of a task this is, such as "image_retrieval"; "" where there is but one.</summary>
    public string Part { get; init; } = "";

    /// <summary>C; 0 where there are no classes.</summary>
    public int ClassCount { get; init; }

    /// <summary>What a group is, such as "region" or "relation".</summary>
    public string GroupName { get; init; } = "group";

    /// <summary>The names of the groups, or null.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Names of groups that are not compared; null = none.</summary>
    public IReadOnlyList<string>? ExceptGroups { get; init; }

    /// <summary>The samples that <see cref="Outcome.Sample"/> counts, for whoever shows their pictures; null where there are
    /// none.</summary>
    public SampleIndex? Samples { get; init; }

    /// <summary>N rows.</summary>
    public int Count => Rows.Length;

    /// <summary>Row i.</summary>
    public ref readonly Outcome this[int row] => ref Rows[row];

    /// <summary>Units that are drawn as wholes.</summary>
    public int UnitCount { get; }

    /// <summary>Whether each row is a unit of its own.</summary>
    public bool AreIndependent => Units is null;

    /// <summary>The unit of a row.</summary>
    public int Unit(int row) => Units?[row] ?? row;

    /// <summary>The same rows, each with the group of its sample.</summary>
    internal Outcomes InGroups(SampleGroups groups) =>
        new([.. Rows.Select(row => row with { Group = groups.OfSample[row.Sample] })], Units)
        {
            Part = Part,
            ClassCount = ClassCount,
            GroupName = groups.Name,
            Groups = groups.Names,
            ExceptGroups = groups.Except,
            Samples = Samples,
        };

    internal Outcome[] Rows { get; }

    internal int[]? Units { get; }
}
