
namespace ClipSharp.Shapes;

/// <summary>A part of the corpus. Its number keys the random stream.</summary>
internal enum CorpusSplit
{
    /// <summary>Seen combinations, one or two shapes.</summary>
    Train = 1,

    /// <summary>Seen combinations in new scenes, described completely.</summary>
    Val = 2,

    /// <summary>Held-out combinations, one shape a picture.</summary>
    Heldout = 3,
}
