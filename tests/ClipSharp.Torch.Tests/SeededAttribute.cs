using System.Reflection;
using Xunit.v3;
using static TorchSharp.torch;

[assembly: ClipSharp.Torch.Tests.Seeded]

namespace ClipSharp.Torch.Tests;

/// <summary>Every test draws the same numbers from libtorch, alone, among others and in any order.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SeededAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => manual_seed(1);
}
