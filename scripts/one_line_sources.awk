# "deb [options] URI SUITE COMPONENTS" lines of sources.list as "URI<tab>SUITE<tab>SIGNED-BY".
{
  sub(/#.*/, "")
}
$1 == "deb" {
  key = ""
  line = $0
  sub(/^[ \t]*deb[ \t]+/, "", line)
  if (match(line, /^\[[^]]*\][ \t]*/)) {
    options = substr(line, 1, RLENGTH)
    line = substr(line, RLENGTH + 1)
    if (match(options, /signed-by=[^] \t]+/)) key = substr(options, RSTART + 10, RLENGTH - 10)
  }
  if (split(line, field, /[ \t]+/) >= 2) {
    sub(/\/$/, "", field[2])
    print field[1] "\t" field[2] "\t" key
  }
}
