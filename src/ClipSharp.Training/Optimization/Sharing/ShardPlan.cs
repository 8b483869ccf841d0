namespace ClipSharp.Training.Optimization.Sharing;

/// <summary>Some neighbouring numbers of a parameter.</summary>
/// <param name="Parameter">The parameter's number.</param>
/// <param name="Start">The first of them.</param>
/// <param name="Count">How many.</param>
internal readonly record struct ParameterPiece(int Parameter, long Start, long Count);

/// <summary>Which process keeps Adam's statistics of which numbers (ZeRO, Rajbhandari et al. 2020, stage 1): all parameters laid
/// end to end and cut into as many shares, as equal as the cuts allow.</summary>
internal sealed class ShardPlan
{
    /// <summary>A piece begins at a multiple of this: formats of statistics share a scale between so many numbers at
    /// most.</summary>
    public const long Grain = 4096;

    private readonly IReadOnlyList<ParameterPiece>[] _shares;

    /// <param name="lengths">Numbers of each parameter.</param>
    /// <param name="processes">N.</param>
    /// <param name="cuts">Whether a parameter may be cut; not where all of it shares one scale.</param>
    public ShardPlan(IReadOnlyList<long> lengths, int processes, bool cuts)
    {
        var shares = Enumerable.Range(0, processes).Select(_ => new List<ParameterPiece>()).ToArray();
        var left = lengths.Sum();
        var (owner, room) = (0, Share(left, processes));
        for (var parameter = 0; parameter < lengths.Count; parameter++)
        {
            for (long start = 0; start < lengths[parameter];)
            {
                if (room <= 0 && owner < processes - 1)
                {
                    owner++;
                    room = Share(left, processes - owner);
                }

                var rest = lengths[parameter] - start;
                var count = cuts && owner < processes - 1 ? Math.Min(rest, (room + Grain - 1) / Grain * Grain) : rest;
                shares[owner].Add(new ParameterPiece(parameter, start, count));
                (start, room, left) = (start + count, room - count, left - count);
            }
        }

        _shares = shares;
        Length = _shares.Max(share => share.Sum(piece => piece.Count));
    }

    /// <summary>Numbers of the largest share.</summary>
    public long Length { get; }

    /// <summary>A process' pieces, in their order.</summary>
    public IReadOnlyList<ParameterPiece> Of(int rank) => _shares[rank];

    /// <summary>The parts of a process' pieces that lie in a window of its share, and where in the window.</summary>
    public IEnumerable<(ParameterPiece Part, long Place)> In(int rank, long start, long count)
    {
        long place = 0;
        foreach (var piece in _shares[rank])
        {
            var (from, to) = (Math.Max(place, start), Math.Min(place + piece.Count, start + count));
            if (from < to)
            {
                yield return (new ParameterPiece(piece.Parameter, piece.Start + from - place, to - from), from - start);
            }

            place += piece.Count;
        }
    }

    private static long Share(long numbers, int processes) => (numbers + processes - 1) / processes;
}
