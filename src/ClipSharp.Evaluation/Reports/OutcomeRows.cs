using ClipSharp.Retrieval;
using Parquet;
using Parquet.Schema;
using static System.FormattableString;

namespace ClipSharp.Evaluation.Reports;

/// <summary>The columns of <see cref="OutcomeFile"/>, and the rows of one side of a task as they are gathered from
///them.</summary>  <param name="classes">C.</param>
/// <param name="groups">Groups.</param>
internal sealed class OutcomeRows(int classes, int groups)
{
    private static readonly DataField<string> Part = new("part", false);
    private static readonly DataField<string> Id = new("id", false);
    private static readonly DataField<int> Sample = new("sample");
    private static readonly DataField<int> Class = new("class");
    private static readonly DataField<bool> Positive = new("positive");
    private static readonly DataField<bool> Ignored = new("ignored");
    private static readonly DataField<int> Predicted = new("predicted");
    private static readonly DataField<int> Better = new("better");
    private static readonly DataField<int> Tied = new("tied");
    private static readonly DataField<int> Own = new("own");
    private static readonly DataField<double> Score = new("score");
    private static readonly DataField<double> Confidence = new("confidence");
    private static readonly DataField<double> SquaredError = new("squared_error");
    private static readonly DataField<int> Group = new("group");
    private static readonly DataField<int> Unit = new("unit"); // −1 where each row is one of its own
    private static readonly DataField<string> FilePath = new("path", true);
    private static readonly DataField<long> Offset = new("offset");
    private static readonly DataField<long> Length = new("length");
    private static readonly DateTimeDataField Modified =
        new("modified", DateTimeFormat.Timestamp, isAdjustedToUTC: true, DateTimeTimeUnit.Nanos);

    private readonly List<Outcome> _rows = [];
    private readonly List<int> _units = [];
    private readonly List<PicturePlace?> _places = [];

    public static ParquetSchema Schema { get; } = new(Part, Id, Sample, Class, Positive, Ignored, Predicted, Better, Tied, Own,
        Score, Confidence, SquaredError, Group, Unit, FilePath, Offset, Length, Modified);

    public int Count => _rows.Count;

    /// <summary>The first thing that no row can be; null while all is well.</summary>
    public string? Fault { get; private set; }

    public IReadOnlyList<PicturePlace?> Places => _places;

    public Outcomes Outcomes(string part, IReadOnlyList<string>? names) =>
        new(_rows, _units.TrueForAll(unit => unit < 0) ? null : _units) { Part = part, ClassCount = classes, Groups = names };

    /// <summary>Writes some rows as a group.</summary>
    public static async Task WriteAsync(ParquetRowGroupWriter group, Outcomes outcomes, int first, int count)
    {
        int[] rows = [.. Enumerable.Range(first, count)];
        var places = Array.ConvertAll(rows, row => PicturePlace.Of(outcomes.Samples, outcomes[row].Sample));
        await Texts(Part, row => outcomes.Part).ConfigureAwait(false);
        await Texts(Id, row => outcomes[row].Id).ConfigureAwait(false);
        await Values(Sample, row => outcomes[row].Sample).ConfigureAwait(false);
        await Values(Class, row => outcomes[row].Class).ConfigureAwait(false);
        await Values(Positive, row => outcomes[row].IsPositive).ConfigureAwait(false);
        await Values(Ignored, row => outcomes[row].IsIgnored).ConfigureAwait(false);
        await Values(Predicted, row => outcomes[row].Predicted).ConfigureAwait(false);
        await Values(Better, row => outcomes[row].Rank.Better).ConfigureAwait(false);
        await Values(Tied, row => outcomes[row].Rank.Tied).ConfigureAwait(false);
        await Values(Own, row => outcomes[row].Rank.Own).ConfigureAwait(false);
        await Values(Score, row => outcomes[row].Score).ConfigureAwait(false);
        await Values(Confidence, row => outcomes[row].Confidence).ConfigureAwait(false);
        await Values(SquaredError, row => outcomes[row].SquaredError).ConfigureAwait(false);
        await Values(Group, row => outcomes[row].Group).ConfigureAwait(false);
        await Values(Unit, row => outcomes.AreIndependent ? -1 : outcomes.Unit(row)).ConfigureAwait(false);
        await Texts(FilePath, row => places[row - first]?.Path).ConfigureAwait(false);
        await Values(Offset, row => places[row - first]?.Offset ?? 0).ConfigureAwait(false);
        await Values(Length, row => places[row - first]?.Length ?? 0).ConfigureAwait(false);
        await Values(Modified, row => places[row - first]?.Modified ?? DateTime.UnixEpoch).ConfigureAwait(false);

        Task Texts(DataField field, Func<int, string?> value) =>
            group.WriteAsync(field, (IReadOnlyCollection<string>)Array.ConvertAll(rows, row => value(row))!);

        Task Values<T>(DataField field, Func<int, T> value)
            where T : struct => group.WriteAsync<T>(field, Array.ConvertAll(rows, row => value(row)).AsMemory());
    }

    /// <summary>Adds the rows of a group.</summary>
    public async Task ReadAsync(ParquetRowGroupReader group)
    {
        var count = (int)group.RowCount;
        var (ids, paths) = (await Texts(Id).ConfigureAwait(false), await Texts(FilePath).ConfigureAwait(false));
        var (samples, labels) = (await Values<int>(Sample).ConfigureAwait(false), await Values<int>(Class).ConfigureAwait(false));
        var positive = await Values<bool>(Positive).ConfigureAwait(false);
        var ignored = await Values<bool>(Ignored).ConfigureAwait(false);
        var predicted = await Values<int>(Predicted).ConfigureAwait(false);
        var better = await Values<int>(Better).ConfigureAwait(false);
        var (tied, own) = (await Values<int>(Tied).ConfigureAwait(false), await Values<int>(Own).ConfigureAwait(false));
        var score = await Values<double>(Score).ConfigureAwait(false);
        var confidence = await Values<double>(Confidence).ConfigureAwait(false);
        var squared = await Values<double>(SquaredError).ConfigureAwait(false);
        var (inGroup, units) = (await Values<int>(Group).ConfigureAwait(false), await Values<int>(Unit).ConfigureAwait(false));
        var (offsets, lengths) = (await Values<long>(Offset).ConfigureAwait(false),
            await Values<long>(Length).ConfigureAwait(false));
        var times = await Values<DateTime>(Modified).ConfigureAwait(false);
        for (var row = 0; row < count && Fault is null; row++)
        {
            _rows.Add(new Outcome(ids[row]!)
            {
                Sample = samples[row],
                Class = labels[row],
                IsPositive = positive[row],
                IsIgnored = ignored[row],
                Predicted = predicted[row],
                Rank = new OwnRank(better[row], tied[row], own[row]),
                Score = score[row],
                Confidence = confidence[row],
                SquaredError = squared[row],
                Group = inGroup[row],
            });
            _units.Add(units[row]);
            _places.Add(paths[row] is { } path
                ? new PicturePlace(path, offsets[row], lengths[row], DateTime.SpecifyKind(times[row], DateTimeKind.Utc))
                : null);
            Fault = FaultOf(_rows[^1], units[row], _places[^1]) is { } fault ? Invariant($"row {_rows.Count - 1}: {fault}") : null;
        }

        async Task<string?[]> Texts(DataField field)
        {
            var values = new string?[count];
            await group.ReadAsync(field, values.AsMemory()!).ConfigureAwait(false);
            return values;
        }

        async Task<T[]> Values<T>(DataField field)
            where T : struct
        {
            var values = new T[count];
            await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            return values;
        }
    }

    // What metrics and pages rely on.
    private string? FaultOf(in Outcome row, int unit, PicturePlace? place) => row switch
    {
        { Id: null } => "no id",
        _ when row.Class < -1 || row.Class >= Math.Max(classes, 0) => Invariant($"class {row.Class} of {classes}"),
        _ when row.Predicted < -1 || row.Predicted >= Math.Max(classes, 0) => Invariant($"class {row.Predicted} of {classes}"),
        _ when row.Group < -1 || row.Group >= Math.Max(groups, 0) => Invariant($"group {row.Group} of {groups}"),
        { Rank: { Better: < 0 } or { Own: < 0 } } => "a rank below 0",
        _ when row.Rank.Tied < row.Rank.Own => "more things of its own than score the same",
        _ when unit < -1 || (unit < 0) != (_units[0] < 0) => Invariant($"unit {unit}"),
        _ when place is { Offset: < 0 } or { Length: < 0 } => "a picture at a place below 0",
        _ => null,
    };
}
