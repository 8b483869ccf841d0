using System.Reflection;
using Xunit.v3;
using static TorchSharp.torch;

[assembly: ClipSharp.Torch.Tests.Seeded]

namespace ClipSharp.Torch.Tests;

/// <summary>Every test draws the same numbers from libtorch, alone, among others and in any order; and what it makes on its own
/// thread is held until it ends, else the collector may free a tensor while libtorch reads it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SeededAttribute : BeforeAfterTestAttribute
{
    private static readonly AsyncLocal<IDisposable?> Scope = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        manual_seed(1);
        Scope.Value = methodUnderTest.ReturnType == typeof(void) ? NewDisposeScope() : null; // others may change threads
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Scope.Value?.Dispose();
}
