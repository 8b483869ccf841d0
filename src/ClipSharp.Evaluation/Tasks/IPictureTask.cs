using ClipSharp.Data.Index;
using ClipSharp.Evaluation.Features;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>A task that says beforehand which pictures it looks at, so that several processes can encode them. A test holds that
/// it asks for nothing else.</summary>
internal interface IPictureTask
{
    /// <summary>The pictures of each split, and where in the tower their features are taken.</summary>
    /// <param name="data">The data set.</param>
    IEnumerable<(SampleIndex Index, FeatureLayer Layer)> Pictures(TaskData data);
}
