// Tells the zone of whoever uploads a file: times in it are probably of the same one.
"use strict";
document.getElementById("id_zone").value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
