using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization.Moments;

/// <summary>A tensor of a parameter's state in a checkpoint.</summary>
/// <param name="Name">By which it is saved.</param>
/// <param name="Shape">Of the whole.</param>
/// <param name="Type">Its number format.</param>
/// <param name="NumbersEach">Of how many of the parameter's numbers each of its numbers tells; 0 = of all.</param>
internal readonly record struct StateLayout(string Name, long[] Shape, ScalarType Type, long NumbersEach)
{
    /// <summary>Numbers.</summary>
    public long Length => Shape.Aggregate(1L, (product, side) => product * side);

    /// <summary>What a parameter has in a format of statistics, as the moments here keep it.</summary>
    /// <param name="format">The format.</param>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="shape">The parameter's shape.</param>
    public static IEnumerable<StateLayout> Of(OptimizerState format, string parameter, long[] shape)
    {
        var numbers = shape.Aggregate(1L, (product, side) => product * side);
        foreach (var moment in (string[])["moment1", "moment2"])
        {
            yield return format switch
            {
                OptimizerState.Fp32 => new($"{moment}/{parameter}", shape, ScalarType.Float32, 1),
                OptimizerState.Bf16 => new($"{moment}/{parameter}", [numbers], ScalarType.BFloat16, 1),
                _ => new($"{moment}/{parameter}", [numbers], ScalarType.Float16, 1),
            };
            if (format == OptimizerState.Fp16)
            {
                yield return new($"{moment}_scale/{parameter}",
                    [(numbers + BlockHalfMoment.BlockLength - 1) / BlockHalfMoment.BlockLength], ScalarType.Float32,
                    BlockHalfMoment.BlockLength);
            }
            else if (format == OptimizerState.Fp16Jukebox)
            {
                yield return new($"{moment}_scale/{parameter}", [1], ScalarType.Float32, 0);
            }
        }

        yield return new($"step/{parameter}", [1], ScalarType.Float32, 0);
    }

    /// <summary>Where what a piece of the parameter has begins in the whole.</summary>
    /// <param name="start">The piece's first number.</param>
    public long StartOf(long start) => NumbersEach == 0 ? 0 : start / NumbersEach;
}
