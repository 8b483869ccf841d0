using System.Buffers;
using System.Text.Json;

namespace ClipSharp.Shapes.Scenes;

/// <summary>The <c>.json</c> part of a sample: the scene by its names, with centre and radius of each shape in pixels.</summary>
internal static class SceneJson
{
    public static byte[] Write(Scene scene, int side)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("background", Words.Of(scene.Background)[0]);
            if (scene.Position is { } position)
            {
                json.WriteString("position", Words.Of(position)[0]);
            }

            if (scene.Relation is { } relation)
            {
                json.WriteString("relation", Words.Of(relation)[0]);
            }

            json.WriteStartArray("shapes");
            foreach (var shape in scene.Shapes)
            {
                json.WriteStartObject();
                json.WriteString("texture", Words.Of(shape.Kind.Texture)[0]);
                json.WriteString("color", Words.Of(shape.Kind.Color)[0]);
                json.WriteString("shape", Words.Of(shape.Kind.Outline)[0]);
                json.WriteString("size", Words.Of(shape.Size)[0]);
                json.WriteNumber("x", Math.Round(shape.X * side, 2));
                json.WriteNumber("y", Math.Round(shape.Y * side, 2));
                json.WriteNumber("radius", Math.Round(shape.Radius * side, 2));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
